// A Colyseus room behind gatekeeper. Usage: GATEKEEPER_KEY=… node server.mjs PORT GATEKEEPER INSTANCE
import { Room, Server, ServerError } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { createServer } from 'node:http';
import { checker } from './ticket.mjs';
import { follow } from './follow.mjs';

const [port, gatekeeper, instance] = process.argv.slice(2);
const players = new Map(); // the room's clients, by session
const over = new Map(); // sessions that have ended, until no ticket of them is good any more
const check = checker(gatekeeper, instance);

class Arena extends Room {
  onCreate() {
    this.autoDispose = false;
    this.patchRate = null;
    this.onMessage('say', (client, text) => client.send('said', text));
  }

  static async onAuth(ticket) {
    try {
      const claims = await check(ticket);
      if (!over.has(claims.sid)) return claims;
    } catch {
      // The reason is nobody's business.
    }
    throw new ServerError(401, 'the ticket is not good');
  }

  onJoin(client) {
    const { sid, cname } = client.auth;
    players.get(sid)?.leave(4500);
    players.set(sid, client);
    client.send('welcome', cname);
  }

  onLeave(client) {
    if (players.get(client.auth.sid) === client) players.delete(client.auth.sid);
  }
}

function end(sid) {
  over.set(sid, Date.now());
  for (const [old, at] of over) if (Date.now() - at > 60_000) over.delete(old);
  players.get(sid)?.leave(4501);
  players.delete(sid);
}

const http = createServer((request, response) => {
  if (request.url === '/players') response.end(JSON.stringify([...players.keys()]));
});
const server = new Server({
  greet: false,
  gracefullyShutdown: false,
  transport: new WebSocketTransport({ server: http }),
});
server.define('arena', Arena);
await server.listen(Number(port), '127.0.0.1');
console.log(`http://127.0.0.1:${http.address().port}`);
await follow({ gatekeeper, instance, key: process.env.GATEKEEPER_KEY, players, end });
