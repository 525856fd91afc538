import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGatekeeper, type Gatekeeper } from './driver';
import { frames, outcomes, statuses, wsUrl } from './examples';
import type { ConnectOutcome, QueueStatus, ServerFrame } from './state';
import { type KeyValueStore, memoryStore, tabStore } from './storage';

/** A server that answers by script: the test says what comes, and sees what came. */
class Server {
  calls: { method: string; path: string; body: Record<string, unknown>; token: string | null }[] = [];
  sockets: Socket[] = [];
  isDown = false;
  refusesBy: 'close' | 'error' = 'close';
  blocksSockets = false;
  outcomes: ConnectOutcome[] = [];
  status: QueueStatus = statuses.queued;
  /** Answers everything, if set: a proxy in front of a server that is gone. */
  instead: (() => Response) | undefined;

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    if (this.isDown) throw new TypeError('fetch failed');
    const path = url.replace('http://gate.test', '');
    const token = new Headers(init.headers).get('Authorization');
    this.calls.push({ method: init.method ?? '', path, body: JSON.parse(`${init.body ?? '{}'}`), token });
    if (this.instead) return this.instead();
    if (path.includes('/queue/status')) return Response.json(this.status);
    return path.includes('/connect') ? Response.json(this.outcomes.shift()) : new Response(null, { status: 204 });
  };

  openSocket = (url: string): WebSocket => {
    const socket = new Socket(url);
    this.sockets.push(socket);
    // A refused connection is told later, as a browser does.
    if (this.isDown || this.blocksSockets) setTimeout(() => socket.refuse(this.refusesBy), 1);
    else setTimeout(() => socket.open(), 1);
    return socket as unknown as WebSocket;
  };

  get socket(): Socket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }
}

class Socket {
  readyState = 0;
  sent: unknown[] = [];
  closedBy: number | 'drop' | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(readonly url: string) {}

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(code?: number): void {
    this.readyState = 3;
    this.closedBy = code ?? 'drop';
  }
  says(frame: ServerFrame | Record<string, unknown> | string): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }
  refuse(by: 'close' | 'error'): void {
    this.onerror?.();
    if (by === 'close') this.closeWith(1006);
  }
  closeWith(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** A browser's window, as far as it is listened to. */
class Window extends EventTarget {
  document = Object.assign(new EventTarget(), { visibilityState: 'visible' as DocumentVisibilityState });

  tells(type: 'online' | 'offline' | 'pagehide'): void {
    this.dispatchEvent(new Event(type));
  }
  comesBack(): void {
    this.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  }
  isShown(): void {
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
}

let server: Server;
let page: Window;
let tab: KeyValueStore;
let gate: Gatekeeper;

function openPage(store: KeyValueStore = tab): Gatekeeper {
  const surroundings = { fetch: server.fetch, openSocket: server.openSocket, store, page, random: () => 0.5 };
  return createGatekeeper({ ...options, surroundings });
}

const options = { url: 'http://gate.test/', instanceId: 'main', clientBuild: 'web-1', getToken: () => 'player' };

const pass = (ms = 10) => vi.advanceTimersByTimeAsync(ms);

async function connectWith(outcome: ConnectOutcome, frame: ServerFrame): Promise<void> {
  server.outcomes.push(outcome);
  gate.connect('ana');
  await pass();
  server.socket.says(frame);
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  page = new Window();
  tab = memoryStore();
  gate = openPage();
});

afterEach(() => {
  gate.dispose();
  vi.useRealTimers();
});

describe('connect', () => {
  test('admitted: attaches with the session token and acknowledges', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    const [call] = server.calls;
    expect(call).toMatchObject({ method: 'POST', path: '/instances/main/connect', token: 'Bearer player' });
    expect(call?.body).toMatchObject({ characterId: 'ana', clientBuild: 'web-1' });
    expect(call?.body.attemptId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(server.socket.url).toBe(`${wsUrl}?sessionToken=first`);
    expect(gate.state()).toMatchObject({ kind: 'admitted', sessionId: 's1' });
    await expect(gate.ticket()).resolves.toBe('ticket');
    expect(server.socket.sent).toEqual([{ type: 'ack' }]);
  });

  test('relayed: the socket is the game, both ways, for as long as it likes', async () => {
    const heard: unknown[] = [];
    gate.listen((data) => heard.push(data));
    await connectWith(outcomes.admitted, frames.admitted);
    expect(gate.send('too early')).toBe(false);
    server.socket.says(frames.relay);
    expect(gate.state()).toMatchObject({ kind: 'admitted', isRelayed: true });
    expect(gate.send('"to the game"')).toBe(true);
    server.socket.says('{"type":"queued"}');
    server.socket.says('hello');
    await pass(120_000);
    expect(heard).toEqual(['{"type":"queued"}', 'hello']);
    expect(server.socket.sent).toEqual([{ type: 'ack' }, 'to the game']);
    expect(server.socket.closedBy).toBeUndefined();
    await expect(gate.ticket()).rejects.toThrow('of its own');
    gate.leave();
    expect(server.socket.sent).toHaveLength(2);
    expect(server.socket.closedBy).toBe(1000);
  });

  test('relayed: a game that is gone is come back to', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    server.socket.says(frames.relay);
    server.socket.closeWith(4002, 'the game server is gone');
    expect(gate.state()).toMatchObject({ kind: 'reconnecting' });
    await pass(10_000);
    expect(server.sockets.length).toBeGreaterThan(1);
    server.socket.says({ ...frames.admitted, resumed: true });
    expect(gate.state()).toMatchObject({ kind: 'admitted', isRelayed: false });
  });

  test('queued: moves up and is promoted without being asked', async () => {
    await connectWith(outcomes.queued, frames.queued);
    expect(gate.state()).toMatchObject({ kind: 'queued', position: 1, depth: 3 });
    server.socket.says(frames.admitted);
    expect(gate.state()).toMatchObject({ kind: 'admitted' });
    expect(server.socket.sent).toEqual([{ type: 'ack' }]);
    expect(server.sockets).toHaveLength(1);
  });

  test('nobody answers: tries the same attempt for ten seconds, then says so', async () => {
    server.isDown = true;
    gate.connect('ana');
    await pass(9_000);
    expect(gate.state().kind).toBe('connecting');
    await pass(6_000);
    expect(gate.state()).toMatchObject({ kind: 'failed', reason: 'UNREACHABLE' });
  });

  test('an error page of a proxy is not an outcome', async () => {
    server.fetch = async () => new Response('<h1>Bad gateway</h1>', { status: 502 });
    gate = openPage();
    gate.connect('ana');
    await pass();
    expect(gate.state()).toMatchObject({ kind: 'connecting', link: { step: 'waitingToAsk', unanswered: true } });
  });

  test('a locked account waits for its time', async () => {
    server.outcomes.push(outcomes.limited, outcomes.admitted);
    gate.connect('ana');
    await pass();
    gate.connect('ana');
    expect(gate.state()).toMatchObject({ kind: 'failed', reason: 'RATE_LIMITED' });
    await pass(60_000);
    expect(gate.state()).toMatchObject({ kind: 'failed', retryAt: null });
    gate.connect('ana');
    expect(gate.state().kind).toBe('connecting');
  });
});

describe('a drop', () => {
  beforeEach(() => connectWith(outcomes.admitted, frames.admitted));

  test('comes back into the same session with the reconnection token', async () => {
    server.socket.closeWith(1006);
    expect(gate.state()).toMatchObject({ kind: 'reconnecting', sessionId: 's1' });
    await pass(1_000);
    expect(server.socket.url).toBe(`${wsUrl}?reconnectionToken=back`);
    server.socket.says({ ...frames.admitted, reconnectionToken: 'again', resumed: true });
    expect(gate.state()).toMatchObject({ kind: 'admitted', sessionId: 's1', resumed: true });
    expect(server.calls).toHaveLength(1);
  });

  // Node before version 24 tells of a refused connection by `error` alone.
  test.each(['close', 'error'] as const)(
    'of a server that is down (told by %s) is tried until it is back, also past the grace',
    async (by) => {
      server.refusesBy = by;
      server.isDown = true;
      server.socket.closeWith(1006);
      await pass(90_000);
      expect(gate.state()).toMatchObject({ kind: 'reconnecting' });
      expect(server.sockets.length).toBeGreaterThan(20);
      server.isDown = false;
      await pass(5_000);
      server.socket.says(frames.admitted);
      expect(gate.state()).toMatchObject({ kind: 'admitted' });
    },
  );

  test('is noticed after 25 s of silence', async () => {
    await pass(20_000);
    server.socket.says(frames.heartbeat);
    await pass(24_000);
    expect(gate.state().kind).toBe('admitted');
    const silent = server.socket;
    await pass(2_000);
    expect(gate.state().kind).not.toBe('admitted');
    expect(silent.closedBy).toBe('drop');
  });

  test('4010 connects afresh', async () => {
    server.outcomes.push({ ...outcomes.admitted, sessionToken: 'second', resumed: true });
    server.socket.closeWith(4010);
    expect(gate.state().kind).toBe('reconnecting');
    await pass();
    expect(server.socket.url).toBe(`${wsUrl}?sessionToken=second`);
    server.socket.says(frames.admitted);
    expect(gate.state().kind).toBe('admitted');
  });

  test('4500 stops and is not resumed by a reload', async () => {
    server.socket.closeWith(4500);
    expect(gate.state()).toMatchObject({ kind: 'failed', reason: 'REPLACED' });
    await pass(120_000);
    expect(server.sockets).toHaveLength(1);
    gate = openPage();
    expect(gate.state().kind).toBe('idle');
  });
});

describe('a network without WebSockets', () => {
  const polls = () => server.calls.filter(({ path }) => path.startsWith('/instances/main/queue/status'));

  beforeEach(async () => {
    server.blocksSockets = true;
    server.outcomes.push(outcomes.queued);
    gate.connect('ana');
    await pass(10_000);
  });

  test('keeps the place by asking every 5 s', async () => {
    expect(gate.state()).toMatchObject({ kind: 'queued', position: 1, depth: 4, estimatedWaitSeconds: 60 });
    const before = polls().length;
    await pass(60_000);
    expect(polls().length - before).toBeGreaterThanOrEqual(9);
    expect(polls().length - before).toBeLessThanOrEqual(12);
    expect(polls()[0]).toMatchObject({ method: 'GET', path: '/instances/main/queue/status?characterId=ana' });
  });

  test('is tried now and then, and a promotion is claimed with a socket', async () => {
    server.status = statuses.promoted;
    server.blocksSockets = false;
    await pass(10_000);
    expect(server.socket.url).toBe(`${wsUrl}?sessionToken=claim`);
    server.socket.says(frames.admitted);
    expect(gate.state()).toMatchObject({ kind: 'admitted', sessionId: 's1' });
  });

  test('gives up with the reason where it is its turn and still no socket opens', async () => {
    server.status = statuses.promoted;
    server.outcomes.push(outcomes.admitted, outcomes.admitted, outcomes.admitted);
    await pass(40_000);
    expect(gate.state()).toMatchObject({ kind: 'failed', reason: 'SOCKET_BLOCKED' });
  });

  test('is the same to a browser that refuses to try', async () => {
    gate.dispose();
    server.outcomes.push(outcomes.queued);
    const openSocket = () => {
      throw new DOMException('mixed content', 'SecurityError');
    };
    const surroundings = { fetch: server.fetch, openSocket, store: memoryStore(), page };
    gate = createGatekeeper({ ...options, surroundings });
    gate.connect('ana');
    await pass(20_000);
    expect(gate.state()).toMatchObject({ kind: 'queued', position: 1, link: { step: 'waitingToPoll' } });
  });

  test('is left behind when sockets open again', async () => {
    server.blocksSockets = false;
    await pass(60_000);
    server.socket.says(frames.queued);
    const before = polls().length;
    await pass(20_000);
    expect(polls()).toHaveLength(before);
  });
});

describe('a page that is told', () => {
  const isAdmitted = () => connectWith(outcomes.admitted, frames.admitted);

  test('that the network is gone asks the line itself', async () => {
    await isAdmitted();
    page.tells('offline');
    expect(server.socket.sent.at(-1)).toEqual({ type: 'heartbeat' });
    server.socket.says(frames.heartbeat);
    await pass(6_000);
    expect(gate.state().kind).toBe('admitted');
    page.tells('offline');
    await pass(4_900);
    expect(gate.state().kind).toBe('admitted');
    await pass(200);
    expect(gate.state()).toMatchObject({ kind: 'reconnecting', cause: 'network' });
  });

  test('that the network is back tries at once', async () => {
    await isAdmitted();
    server.isDown = true;
    server.socket.closeWith(1006);
    await pass(60_000);
    server.isDown = false;
    const before = server.sockets.length;
    await vi.waitUntil(() => gate.state().kind === 'reconnecting');
    page.tells('online');
    expect(server.sockets.length).toBe(before + 1);
  });

  test('that it is looked at again refreshes the expected wait, at most once a second', async () => {
    await connectWith(outcomes.queued, frames.queued);
    for (let i = 0; i < 5; i++) page.isShown();
    await pass();
    expect(gate.state()).toMatchObject({ kind: 'queued', estimatedWaitSeconds: 60, estimatedWaitUpperSeconds: 120 });
    expect(server.calls.filter(({ path }) => path.includes('/queue/status'))).toHaveLength(1);
  });

  test('nothing while its machine slept finds out by the clock', async () => {
    await isAdmitted();
    vi.setSystemTime(Date.now() + 8 * 60 * 60_000);
    await pass(5_000);
    expect(gate.state()).toMatchObject({ kind: 'reconnecting' });
    await pass(1_000);
    server.outcomes.push({ ...outcomes.admitted, sessionId: 's2' });
    server.socket.closeWith(4010);
    await pass();
    server.socket.says({ ...frames.admitted, sessionId: 's2' });
    expect(gate.state()).toMatchObject({ kind: 'admitted', sessionId: 's2', lost: 'seat' });
  });

  test('that it was left and comes back with its memory comes back into the session', async () => {
    await isAdmitted();
    page.tells('pagehide');
    page.comesBack();
    expect(gate.state()).toMatchObject({ kind: 'reconnecting' });
    await pass(1_000);
    expect(server.socket.url).toBe(`${wsUrl}?reconnectionToken=back`);
  });
});

describe('a copy of the tab', () => {
  test('asks before it takes the seat', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    server.outcomes.push(outcomes.offer);
    const copy = openPage(copyOf(tab));
    await pass();
    expect(copy.state()).toMatchObject({ kind: 'replacing' });
    expect(server.sockets).toHaveLength(1);
    copy.declineReplacement();
    expect(copy.state()).toMatchObject({ kind: 'idle' });
    copy.dispose();
  });

  test('that was left is no copy any more', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    page.tells('pagehide');
    const reloaded = openPage(copyOf(tab));
    await pass();
    expect(server.socket.url).toBe(`${wsUrl}?reconnectionToken=back`);
    reloaded.dispose();
  });

  function copyOf(store: KeyValueStore): KeyValueStore {
    const copy = memoryStore();
    const key = 'gatekeeper http://gate.test main';
    copy.setItem(key, store.getItem(key) ?? '');
    return copy;
  }
});

describe('a ticket', () => {
  test('is renewed when it is too old to be handed on', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    await keepAlive(46_000);
    const renewed = gate.ticket();
    await pass();
    expect(server.sockets).toHaveLength(2);
    server.socket.says({ ...frames.admitted, ticket: 'newer', reconnectionToken: 'again', resumed: true });
    await expect(renewed).resolves.toBe('newer');
    expect(gate.state()).toMatchObject({ kind: 'admitted', sessionId: 's1' });
  });

  test('is not waited for without end', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    await keepAlive(46_000);
    server.isDown = true;
    const renewed = expect(gate.ticket()).rejects.toThrow('no ticket in time');
    await pass(15_000);
    await renewed;
  });

  test('is refused without a seat', async () => {
    await expect(gate.ticket()).rejects.toThrow('no seat');
  });

  async function keepAlive(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10_000) {
      await pass(Math.min(10_000, ms - passed));
      server.socket.says(frames.heartbeat);
    }
  }
});

describe('every wait has a bound', () => {
  test('also for whoever is asked for the player token', async () => {
    const getToken = () => new Promise<never>(() => {});
    const surroundings = { fetch: server.fetch, openSocket: server.openSocket, store: memoryStore(), page };
    gate = createGatekeeper({ ...options, getToken, surroundings });
    gate.connect();
    await pass(13_000);
    expect(gate.state()).toMatchObject({ kind: 'failed', reason: 'UNREACHABLE' });
  });

  test('and none is shorter than a proxy asks for', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    server.instead = () => new Response('', { status: 503, headers: { 'Retry-After': '20' } });
    server.socket.closeWith(4010);
    await pass();
    const before = server.calls.length;
    page.tells('online');
    await pass(19_000);
    expect(server.calls).toHaveLength(before);
    await pass(2_000);
    expect(server.calls).toHaveLength(before + 1);
  });
});

test('the expected wait is refreshed while the position stands still', async () => {
  await connectWith(outcomes.queued, frames.queued);
  for (let i = 0; i < 4; i++) {
    await pass(10_000);
    server.socket.says(frames.heartbeat);
  }
  expect(gate.state()).toMatchObject({ kind: 'queued', estimatedWaitSeconds: 60, link: { step: 'open' } });
  expect(server.calls.filter(({ path }) => path.includes('/queue/status'))).toHaveLength(1);
});

test('where storage is barred or full, memory serves', () => {
  const bar = () => {
    throw new DOMException('barred');
  };
  vi.stubGlobal('sessionStorage', { getItem: bar, setItem: bar, removeItem: bar });
  const store = tabStore();
  store.setItem('key', 'value');
  expect(store.getItem('key')).toBe('value');
  store.removeItem('key');
  expect(store.getItem('key')).toBeNull();
  vi.unstubAllGlobals();
});

describe('a reload', () => {
  test('resumes the session by itself', async () => {
    await connectWith(outcomes.admitted, frames.admitted);
    gate.dispose();
    expect(server.socket.closedBy).toBe('drop');
    gate = openPage();
    expect(gate.state()).toMatchObject({ kind: 'reconnecting', cause: 'reload', sessionId: 's1' });
    await pass();
    expect(server.socket.url).toBe(`${wsUrl}?reconnectionToken=back`);
  });

  test('resumes the queue place with its latest token', async () => {
    await connectWith(outcomes.queued, frames.queued);
    gate.dispose();
    gate = openPage();
    expect(gate.state()).toMatchObject({ kind: 'queued', position: 1 });
    await pass();
    expect(server.socket.url).toBe(`${wsUrl}?queueToken=nextPlace`);
  });

  test('ignores what it cannot read', () => {
    tab.setItem('gatekeeper http://gate.test main', '{"place":"seat"}');
    expect(openPage().state().kind).toBe('idle');
    tab.setItem('gatekeeper http://gate.test main', 'nonsense');
    expect(openPage().state().kind).toBe('idle');
  });
});

test('leaving says so on both ways and forgets the place', async () => {
  await connectWith(outcomes.admitted, frames.admitted);
  gate.leave();
  await pass();
  expect(server.socket.sent).toContainEqual({ type: 'leave' });
  expect(server.socket.closedBy).toBe(1000);
  expect(server.calls.at(-1)).toMatchObject({ method: 'POST', path: '/sessions/s1/leave' });
  expect(openPage().state().kind).toBe('idle');
});

test('leaving the queue gives the place up', async () => {
  await connectWith(outcomes.queued, frames.queued);
  gate.leave();
  await pass();
  expect(server.calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/instances/main/queue?characterId=ana' });
});

test('cancelling ignores the answer that still comes', async () => {
  server.outcomes.push(outcomes.admitted);
  gate.connect('ana');
  gate.leave();
  await pass();
  expect(gate.state().kind).toBe('idle');
  expect(server.sockets).toHaveLength(0);
});

test('frames and fields from a newer server are ignored', async () => {
  await connectWith(outcomes.admitted, { ...frames.admitted, novelty: true } as ServerFrame);
  const before = gate.state();
  for (const frame of [{ type: 'novelty' }, { no: 'type' }, 'not json', '[]', 'null']) server.socket.says(frame);
  expect(gate.state()).toBe(before);
});

test('listeners hear the present state, every change, and nothing after they stopped', async () => {
  const heard: string[] = [];
  const stop = gate.subscribe(({ kind }) => heard.push(kind));
  await connectWith(outcomes.admitted, frames.admitted);
  stop();
  gate.leave();
  expect(heard).toEqual(['idle', 'connecting', 'connecting', 'admitted']);
});
