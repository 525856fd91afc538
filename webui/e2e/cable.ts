/** A cable between a browser and the server that can be pulled, pinched, or made to let no WebSocket through. */
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

export interface Cable {
  url: string;
  /** Breaks every connection, and every new one until it is mended. */
  cut: () => void;
  /** Connections stay, but nothing comes through any more. */
  pinch: () => void;
  mend: () => void;
  /** As some companies' proxies do. */
  blockSockets: (isBlocked: boolean) => void;
  remove: () => Promise<void>;
}

export async function layCable(serverUrl: string): Promise<Cable> {
  const { hostname, port } = new URL(serverUrl);
  const connections = new Set<Socket>();
  let isCut = false;
  let isPinched = false;
  let isBlocking = false;

  const listener = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = dial(Number(port), hostname);
    connections.add(near).add(far);
    near.on('data', (data) => {
      if (isBlocking && /^upgrade: websocket/im.test(data.toString('latin1'))) near.destroy();
      else if (!isPinched) far.write(data);
    });
    far.on('data', (data) => isPinched || near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        connections.delete(one);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  function breakAll(): void {
    for (const connection of connections) connection.destroy();
  }

  return {
    url: `http://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
      breakAll();
    },
    pinch: () => {
      isPinched = true;
    },
    mend() {
      if (isPinched) breakAll();
      isCut = isPinched = false;
    },
    blockSockets(isBlocked) {
      isBlocking = isBlocked;
      if (isBlocked) breakAll();
    },
    async remove() {
      breakAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}
