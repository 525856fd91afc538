// A Colyseus server with one room that keeps the seats of those whose line drops. Usage: node colyseus.cjs PORT
const { Room, Server } = require('@colyseus/core');
const { WebSocketTransport } = require('@colyseus/ws-transport');

class Lobby extends Room {
  onCreate() {
    this.autoDispose = false;
    this.maxClients = 100_000;
    this.patchRate = null;
    this.onMessage('heartbeat', (client) => client.send('heartbeat'));
  }

  async onLeave(client, consented) {
    if (consented) return;
    try {
      await this.allowReconnection(client, 60);
    } catch {
      // The player did not come back.
    }
  }
}

const port = Number(process.argv[2]);
const server = new Server({ greet: false, gracefullyShutdown: false, transport: new WebSocketTransport() });
server.define('lobby', Lobby);
server.listen(port, '127.0.0.1').then(() => console.log(`http://127.0.0.1:${port}`));
