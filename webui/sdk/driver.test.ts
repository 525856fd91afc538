import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGatekeeper, type Gatekeeper } from './driver';
import { frames, outcomes, wsUrl } from './examples';
import type { ConnectOutcome, ServerFrame } from './state';
import { type KeyValueStore, memoryStore } from './storage';

/** A server that answers by script: the test says what comes, and sees what came. */
class Server {
  calls: { method: string; path: string; body: Record<string, unknown>; token: string | null }[] = [];
  sockets: Socket[] = [];
  isDown = false;
  refusesBy: 'close' | 'error' = 'close';
  outcomes: ConnectOutcome[] = [];

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    if (this.isDown) throw new TypeError('fetch failed');
    const path = url.replace('http://gate.test', '');
    const token = new Headers(init.headers).get('Authorization');
    this.calls.push({ method: init.method ?? '', path, body: JSON.parse(`${init.body ?? '{}'}`), token });
    return path.includes('/connect') ? Response.json(this.outcomes.shift()) : new Response(null, { status: 204 });
  };

  openSocket = (url: string): WebSocket => {
    const socket = new Socket(url);
    this.sockets.push(socket);
    // A refused connection is told later, as a browser does.
    if (this.isDown) setTimeout(() => socket.refuse(this.refusesBy), 1);
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

let server: Server;
let tab: KeyValueStore;
let gate: Gatekeeper;

function openPage(): Gatekeeper {
  const surroundings = { fetch: server.fetch, openSocket: server.openSocket, store: tab, random: () => 0.5 };
  return createGatekeeper({
    url: 'http://gate.test/',
    instanceId: 'main',
    clientBuild: 'web-1',
    getToken: () => 'player',
    surroundings,
  });
}

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
    expect(gate.ticket()).toBe('ticket');
    expect(server.socket.sent).toEqual([{ type: 'ack' }]);
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
