/**
 * Many players in one process, each with the client library as it is, for whoever restarts the server under them.
 * Arguments: the server's address, the instance, and a JSON file of the players' seats. Every change of a player's state is a
 * JSON line on stdout. It ends with its stdin.
 */
import { readFileSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';
import { createGatekeeper, type Gatekeeper } from '../sdk/gatekeeper';
import type { ConnectionState, Saved } from '../sdk/state';
import { memoryStore, placeStore } from '../sdk/storage';

/** What a page that is reloaded finds in its storage, and the player token that its game keeps. */
interface Seat {
  player: number;
  playerToken: string;
  sessionId: string;
  reconnectionToken: string;
}

interface Sighting {
  player: number;
  /** Milliseconds since 1970, as everywhere here. */
  at: number;
  state: ConnectionState['kind'];
  sessionId?: string;
  isResumed?: boolean;
  /** Why it failed, or what cut the line. */
  because?: string;
  /** Sockets opened so far, and when the newest was. */
  sockets: number;
  openedAt: number;
}

const [, , url = '', instanceId = '', file = ''] = argv;

function play(seat: Seat): Gatekeeper {
  let sockets = 0;
  let openedAt = 0;
  let last: ConnectionState['kind'] | undefined;

  function openSocket(address: string, protocol: string): WebSocket {
    sockets++;
    openedAt = Date.now();
    return new WebSocket(address, protocol);
  }

  const gatekeeper = createGatekeeper({
    url,
    instanceId,
    clientBuild: '1',
    getToken: () => seat.playerToken,
    surroundings: { store: storeOf(seat), openSocket },
  });
  gatekeeper.subscribe((state) => {
    if (state.kind === last) return;
    last = state.kind;
    tell({ player: seat.player, at: Date.now(), state: state.kind, ...details(state), sockets, openedAt });
  });
  return gatekeeper;
}

function storeOf({ sessionId, reconnectionToken }: Seat) {
  const store = memoryStore();
  const wsUrl = `${url.replace(/^http/, 'ws')}/instances/${instanceId}/ws`;
  const saved: Saved = {
    place: 'seat',
    request: { characterId: null },
    attachment: { wsUrl, tokenName: 'reconnectionToken', token: reconnectionToken },
    since: Date.now(),
    sessionId,
    graceSeconds: 60,
  };
  const place = placeStore(store, url, instanceId);
  place.save(saved);
  place.letGo();
  return store;
}

function details(state: ConnectionState): Pick<Sighting, 'sessionId' | 'isResumed' | 'because'> {
  switch (state.kind) {
    case 'admitted':
      return { sessionId: state.sessionId, isResumed: state.resumed };
    case 'reconnecting':
      return { sessionId: state.sessionId, because: state.cause };
    case 'failed':
      return { because: state.reason };
    default:
      return {};
  }
}

function tell(sighting: Sighting): void {
  stdout.write(`${JSON.stringify(sighting)}\n`);
}

const seats = JSON.parse(readFileSync(file, 'utf8')) as Seat[];
const players = seats.map(play);
stdin.on('end', () => {
  for (const player of players) player.dispose();
});
stdin.resume();
