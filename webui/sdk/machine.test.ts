import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ana, events, outcomes, start, states } from './examples';
import { reduce } from './machine';
import { type ConnectionEvent, type ConnectionState, initialState, isPursuing, type Step } from './state';

type StateName = keyof typeof states;
type EventName = keyof typeof events;

/** The whole table: what each event leads to, by the state's kind and the effects; all else changes nothing. */
const table: Record<StateName, Partial<Record<EventName, string>>> = {
  idle: {
    connect: 'connecting: connect',
    'resume seat': 'reconnecting: attach',
    'resume queue': 'queued: attach',
  },
  'connecting, asking': {
    leave: 'idle: hangUp leaveQueue forget',
    'outcome admitted': 'connecting: attach',
    'outcome queued': 'queued: save attach',
    'outcome offer': 'replacing: forget wakeAt',
    'outcome refused': 'failed: forget',
    'outcome unavailable': 'failed: forget wakeAt',
    'outcome timeout': 'timeout:',
    unreachable: 'connecting: backOff',
  },
  'connecting, attaching': {
    leave: 'idle: hangUp leaveSession forget',
    'frame queued': 'queued: save wakeAt',
    'frame admitted': 'admitted: save send',
    ...closes('connecting: connect', 'connecting: connect'),
  },
  'connecting, waiting': { leave: 'idle: hangUp leaveQueue forget', wake: 'connecting: connect' },
  'queued, attaching': {
    leave: 'idle: hangUp leaveQueue forget',
    'frame queued': 'queued: save wakeAt',
    'frame admitted': 'admitted: save send',
    'frame notice': 'queued: wakeAt',
    'frame silent': 'queued: wakeAt',
    ...closes('queued: backOff', 'queued: poll', 'queued: connect'),
  },
  'queued, open': {
    leave: 'idle: hangUp leaveQueue forget',
    'frame queued': 'queued: save wakeAt',
    'frame admitted': 'admitted: save send',
    'frame notice': 'queued: wakeAt',
    'frame silent': 'queued: wakeAt',
    'status queued': 'queued: wakeAt',
    wake: 'queued: poll wakeAt',
    ...closes('queued: backOff', 'queued: poll', 'queued: connect'),
  },
  'queued, waiting': { leave: 'idle: hangUp leaveQueue forget', wake: 'queued: attach' },
  'queued, asking': {
    leave: 'idle: hangUp leaveQueue forget',
    'outcome admitted': 'connecting: attach',
    'outcome queued': 'queued: save attach',
    'outcome offer': 'replacing: forget wakeAt',
    'outcome refused': 'failed: forget',
    'outcome unavailable': 'queued: backOff',
    'outcome timeout': 'queued: backOff',
    unreachable: 'queued: backOff',
  },
  'queued, polling': { leave: 'idle: hangUp leaveQueue forget', ...answers('queued: connect') },
  'queued, kept by polling': { leave: 'idle: hangUp leaveQueue forget', ...answers('queued: wakeAt') },
  'queued, waiting to poll': { leave: 'idle: hangUp leaveQueue forget', wake: 'queued: poll' },
  admitted: {
    leave: 'idle: hangUp leaveSession forget',
    renew: 'admitted: attach',
    'frame admitted': 'admitted: save send',
    'frame notice': 'admitted:',
    'frame silent': 'admitted:',
    'frame relay': 'admitted:',
    ...closes('reconnecting: backOff', 'reconnecting: connect'),
  },
  'reconnecting, attaching': {
    leave: 'idle: hangUp leaveSession forget',
    'frame queued': 'queued: save wakeAt',
    'frame admitted': 'admitted: save send',
    ...closes('reconnecting: backOff', 'reconnecting: connect'),
  },
  'reconnecting, waiting': { leave: 'idle: hangUp leaveSession forget', wake: 'reconnecting: attach' },
  'reconnecting, asking': {
    leave: 'idle: hangUp leaveSession forget',
    'outcome admitted': 'reconnecting: attach',
    'outcome queued': 'queued: save attach',
    'outcome offer': 'replacing: forget wakeAt',
    'outcome refused': 'failed: forget',
    'outcome unavailable': 'reconnecting: backOff',
    'outcome timeout': 'reconnecting: backOff',
    unreachable: 'reconnecting: backOff',
  },
  replacing: {
    connect: 'connecting: connect',
    confirm: 'connecting: connect',
    decline: 'idle:',
    leave: 'idle:',
    wake: 'replacing: wakeAt',
  },
  'failed, locked': { leave: 'idle:', wake: 'failed: wakeAt' },
  'failed, may retry': { connect: 'connecting: connect', leave: 'idle:' },
  timeout: { connect: 'connecting: connect', leave: 'idle:' },
};

function answers(standing: string): Partial<Record<EventName, string>> {
  return {
    'status queued': standing,
    'status promoted': 'connecting: attach',
    'status active': 'queued: connect',
    'status grace': 'queued: connect',
    'status left': 'idle: forget',
    'status moved': 'failed: forget',
    'status removed': 'failed: forget',
    'status closed': 'failed: forget',
    'status abandoned': 'connecting: connect',
    'status refused': 'queued: connect',
    unreachable: 'queued: backOff',
  };
}

function closes(comeBack: string, afresh: string, late = afresh): Partial<Record<EventName, string>> {
  const stop = 'failed: forget';
  return {
    'closed 1000': 'idle: forget',
    'closed 1006': comeBack,
    'closed 4000': comeBack,
    'closed 4010': afresh,
    'closed 4011': late,
    'closed 4012': afresh,
    'closed 4321': comeBack,
    'closed 4500': stop,
    'closed 4501': stop,
    'closed 4502': stop,
    'closed 4999': stop,
  };
}

function summary({ state, effects }: Step): string {
  return [`${state.kind}:`, ...effects.map(({ type }) => type)].join(' ');
}

describe.each(Object.keys(states) as StateName[])('%s', (stateName) => {
  test.each(Object.keys(events) as EventName[])('%s', (eventName) => {
    const before: ConnectionState = states[stateName];
    const step = reduce(before, events[eventName]);
    const expected = table[stateName][eventName];
    if (expected !== undefined) expect(summary(step)).toBe(expected);
    else expect(step).toEqual({ state: before, effects: [] });
  });
});

const wake = (at: number) => ({ type: 'wake', at }) as const;

describe('rules', () => {
  test('the token is stored before it is acknowledged', () => {
    const { effects } = reduce(states['queued, open'], events['frame admitted']);
    expect(effects.map(({ type }) => type)).toEqual(['save', 'send']);
    expect(effects[1]).toEqual({ type: 'send', frame: { type: 'ack' } });
  });

  test('a dead server never looks like the end of the grace', () => {
    let state: ConnectionState = states['reconnecting, attaching'];
    for (let at = start; at < start + 5 * 60_000; at += 5_000) {
      state = reduce(state, { type: 'closed', code: 1006, reason: '', heardAt: start, at }).state;
      expect(state).toMatchObject({ kind: 'reconnecting', link: { step: 'waitingToAttach' } });
      state = reduce(state, { type: 'wake', at }).state;
    }
  });

  test('patience ends', () => {
    const late = { type: 'closed', code: 1006, reason: '', heardAt: start, at: start + 60 * 60_000 } as const;
    const { state } = reduce(states['reconnecting, attaching'], late);
    expect(state).toMatchObject({ kind: 'failed', reason: 'UNREACHABLE' });
  });

  test('connecting afresh is bounded', () => {
    let state: ConnectionState = states.admitted;
    const closed = { type: 'closed', code: 4010, reason: '', heardAt: start, at: start } as const;
    for (let i = 0; i < 20 && state.kind !== 'failed'; i++) {
      state = reduce(state, closed).state;
      state = reduce(state, { type: 'wake', at: start }).state;
      state = reduce(state, { type: 'outcome', outcome: outcomes.admitted, at: start }).state;
    }
    expect(state).toMatchObject({ kind: 'failed', reason: 'UNSETTLED' });
  });

  test('the same session keeps its beginning, a new one starts anew', () => {
    const later = { ...events['frame admitted'], at: start + 9_000 };
    expect(reduce(states['reconnecting, attaching'], later).state).toMatchObject({ since: start });
    const other = { ...later, frame: { ...later.frame, sessionId: 's2' } };
    expect(reduce(states['reconnecting, attaching'], other).state).toMatchObject({ since: start + 9_000 });
  });

  test('an attempt without an answer is repeated as the same attempt, an answered one is not', () => {
    const lost = reduce(states['queued, asking'], events.unreachable).state;
    expect(reduce(lost, events.wake).effects).toMatchObject([{ type: 'connect', sameAttempt: true }]);
    const refused = reduce(states['queued, asking'], events['outcome unavailable']).state;
    expect(reduce(refused, { type: 'wake', at: start + 60_000 }).effects).toMatchObject([
      { type: 'connect', sameAttempt: false },
    ]);
  });

  test('a confirmed replacement carries its token, once', () => {
    const confirmed = reduce(states.replacing, events.confirm);
    expect(confirmed.effects).toMatchObject([{ type: 'connect', replaceToken: 'replace' }]);
    const admitted = reduce(confirmed.state, events['outcome admitted']).state;
    expect(reduce(admitted, events['closed 1006']).effects).toMatchObject([{ type: 'connect', replaceToken: null }]);
  });

  test('an offer and a lock end at their time', () => {
    const late = { type: 'wake', at: start + 60_000 } as const;
    expect(reduce(states.replacing, late).state).toEqual({ kind: 'idle', because: 'offerExpired' });
    expect(reduce(states['failed, locked'], late).state).toMatchObject({ kind: 'failed', retryAt: null });
  });

  test('what was lost in the meantime is told', () => {
    const other = { ...events['outcome admitted'], outcome: { ...outcomes.admitted, sessionId: 's2' } };
    expect(reduce(states['reconnecting, asking'], other).state).toMatchObject({ kind: 'connecting', lost: 'seat' });
    expect(reduce(states['reconnecting, asking'], events['outcome queued']).state).toMatchObject({ lost: 'seat' });
    const gone = reduce(states['queued, polling'], events['status abandoned']).state;
    const behind = reduce(gone, { ...events['outcome queued'], outcome: { ...outcomes.queued, position: 9 } }).state;
    expect(behind).toMatchObject({
      kind: 'queued',
      lost: 'place',
      position: 9,
      firstPosition: 9,
      since: start + 1_000,
    });
    expect(reduce(behind, events['frame admitted']).state).toMatchObject({ kind: 'admitted', lost: null });
  });

  test('a place that another page may hold is asked for, not taken', () => {
    const copied = { ...events['resume seat'], isHeld: true };
    const asking = reduce(initialState, copied);
    expect(summary(asking)).toBe('reconnecting: connect');
    expect(reduce(asking.state, events['outcome offer']).state.kind).toBe('replacing');
    expect(summary(reduce(initialState, { ...events['resume queue'], isHeld: true }))).toBe('queued: connect');
  });

  test('where no socket opens, the queue place is kept by polling, and a socket tried now and then', () => {
    const broken = (at: number) => ({ type: 'closed', code: 1006, reason: '', heardAt: at, at }) as const;
    let state: ConnectionState = states['queued, attaching'];
    let polls = 0;
    let sockets = 0;
    for (let at = start; at < start + 60 * 60_000; at += 5_000) {
      const step = reduce(state, state.kind === 'queued' && state.link.step === 'attaching' ? broken(at) : wake(at));
      for (const { type } of step.effects) {
        polls += type === 'poll' ? 1 : 0;
        sockets += type === 'attach' ? 1 : 0;
      }
      state = step.state;
      if (state.kind === 'queued' && state.link.step === 'polling') {
        state = reduce(state, { ...events['status queued'], at: at + 10 }).state;
      }
      expect(state.kind).toBe('queued');
    }
    expect(polls / sockets).toBeGreaterThan(4);
    expect(sockets).toBeGreaterThan(50);
    expect(state).toMatchObject({ position: 1, depth: 4, estimatedWaitSeconds: 60, firstPosition: 5 });
  });

  test('a seat that no socket reaches is given up with a reason', () => {
    let state: ConnectionState = states['queued, kept by polling'];
    state = reduce(state, events['status promoted']).state;
    for (let i = 0; i < 9 && state.kind !== 'failed'; i++) {
      state = reduce(state, { type: 'closed', code: 1006, reason: '', heardAt: start, at: start }).state;
      state = reduce(state, wake(start + 9_000)).state;
      state = reduce(state, events['outcome admitted']).state;
    }
    expect(state).toMatchObject({ kind: 'failed', reason: 'SOCKET_BLOCKED' });
  });

  test('nothing is asked before the time that the server named, whatever wakes it', () => {
    const told = { ...events.unreachable, retryAfterMs: 20_000 };
    const { state } = reduce(states['reconnecting, asking'], told);
    expect(reduce(state, wake(start + 5_000))).toEqual({ state, effects: [{ type: 'wakeAt', at: start + 21_000 }] });
    expect(reduce(state, wake(start + 21_000)).effects).toMatchObject([{ type: 'connect' }]);
  });

  test('the seat of a machine that slept is not said to be kept for a minute more', () => {
    const night = start + 8 * 60 * 60_000;
    const woken = { type: 'closed', code: 1006, reason: '', heardAt: start, at: night } as const;
    expect(reduce(states.admitted, woken).state).toMatchObject({ kind: 'reconnecting', until: start + 85_000 });
  });

  test('a notice holds until it is taken back, and over a promotion', () => {
    const { state } = reduce(states['queued, open'], events['frame notice']);
    expect(reduce(state, events['frame admitted']).state).toMatchObject({ notice: { message: 'hello' } });
    const takenBack = { ...events['frame notice'], frame: { ...events['frame notice'].frame, message: '' } };
    expect(reduce(state, takenBack).state).toMatchObject({ notice: null });
    const silent = reduce(state, events['frame silent']).state;
    expect(silent).toMatchObject({ notice: { message: 'hello' }, isGameServerSilent: true });
    const back = { ...events['frame notice'].frame, code: 'GAME_SERVER_BACK' } as const;
    expect(reduce(silent, { ...events['frame notice'], frame: back }).state).toEqual(state);
    const reattached = reduce(states['queued, attaching'], events['frame queued']).state;
    expect(reattached).toMatchObject({ notice: null, isGameServerSilent: false });
  });

  test('progress counts from the place that was joined, and knows since when nothing moved', () => {
    const later = { ...events['frame queued'], at: start + 7_000 };
    const moved = reduce(states['queued, open'], later).state;
    expect(moved).toMatchObject({ position: 1, firstPosition: 5, movedAt: start + 7_000 });
    expect(reduce(moved, { ...later, at: start + 9_000 }).state).toMatchObject({ movedAt: start + 7_000 });
  });

  test.each([
    [4500, 'REPLACED', ''],
    [4501, 'REMOVED', 'words'],
    [4502, 'INSTANCE_CLOSED', ''],
    [4503, 'PROTOCOL_BROKEN', ''],
    [4777, 'STOPPED', 'words'],
  ])('close code %i stops with %s', (code, reason, message) => {
    const step = reduce(states.admitted, { type: 'closed', code, reason: 'words', heardAt: start, at: start });
    expect(step.state).toMatchObject({ kind: 'failed', reason, message });
  });
});

describe('whatever happens', () => {
  const anyEvent = fc.constantFrom<ConnectionEvent>(
    ...Object.values(events),
    { type: 'outcome', outcome: outcomes.limited, at: 0 },
    { type: 'connect', request: ana, at: 0 },
  );
  const story = fc.array(fc.tuple(anyEvent, fc.nat(20_000)), { maxLength: 60 });
  const kinds = new Set(Object.values(states).map(({ kind }) => kind));

  function play(steps: [ConnectionEvent, number][], from: ConnectionState = initialState): [ConnectionState, number] {
    let [state, at] = [from, start];
    for (const [event, pause] of steps) {
      at += pause;
      state = reduce(state, { ...event, at }).state;
      expect(kinds).toContain(state.kind);
      if (state.kind === 'admitted') expect(state.attachment.tokenName).toBe('reconnectionToken');
      if (state.kind === 'connecting' && state.link.step === 'attaching') expect(state.attachment).not.toBeNull();
    }
    return [state, at];
  }

  /** What a driver has under way, after what the effects asked for and what the event ended. */
  class UnderWay {
    question: 'connect' | 'poll' | null = null;
    socket = false;
    timer = false;

    allows({ type }: ConnectionEvent): boolean {
      if (type === 'unreachable') return this.question !== null;
      if (type === 'outcome') return this.question === 'connect';
      if (type === 'status') return this.question === 'poll';
      return type === 'frame' || type === 'closed' ? this.socket : true;
    }

    after(event: ConnectionEvent, { effects }: Step, hasChanged: boolean): void {
      if (event.type === 'closed') this.socket = false;
      if (event.type === 'outcome' || event.type === 'status' || event.type === 'unreachable') this.question = null;
      if (event.type === 'wake' || hasChanged || effects.length > 0) this.timer = false;
      for (const { type } of effects) {
        if (type === 'connect' || type === 'poll') this.question = type;
        if (type === 'attach') this.socket = true;
        if (type === 'backOff' || type === 'wakeAt') this.timer = true;
        if (type === 'hangUp') [this.socket, this.question] = [false, null];
      }
    }

    /** Something must come that moves it on, or it would hang for ever. */
    movesOn(state: ConnectionState): boolean {
      if (state.kind === 'admitted') return this.socket;
      if (state.kind === 'replacing' || (state.kind === 'failed' && state.retryAt !== null)) return this.timer;
      if (!isPursuing(state)) return true;
      const { step } = state.link;
      if (step === 'asking') return this.question === 'connect';
      if (step === 'polling') return this.question === 'poll';
      return step === 'attaching' || step === 'open' ? this.socket : this.timer;
    }
  }

  test('it never hangs: a question, a socket or a timer is under way in every state that is not at rest', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const underWay = new UnderWay();
        let [state, at]: [ConnectionState, number] = [initialState, start];
        for (const [event, pause] of steps) {
          if (!underWay.allows(event)) continue;
          at += pause;
          const step = reduce(state, { ...event, at });
          underWay.after(event, step, step.state !== state);
          state = step.state;
          expect(underWay.movesOn(state), `${state.kind} after ${event.type}`).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('the state is one of the union', () => {
    fc.assert(fc.property(story, (steps) => void play(steps)));
  });

  test('a server that stays away brings it to rest', () => {
    fc.assert(
      fc.property(story, (steps) => {
        let [state, at] = play(steps);
        for (let i = 0; i < 1_000; i++) {
          at += 2_000;
          const silence: ConnectionEvent[] = [
            { type: 'closed', code: 1006, reason: '', heardAt: at, at },
            { type: 'unreachable', retryAfterMs: 0, at },
            { type: 'wake', at },
          ];
          for (const event of silence) state = reduce(state, event).state;
        }
        expect(['idle', 'failed', 'timeout']).toContain(state.kind);
      }),
      { numRuns: 50 },
    );
  });

  test('leaving always leads to rest, and is asked of the server where there was a place', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const [state, at] = play(steps);
        const step = reduce(state, { type: 'leave', at });
        expect(step.state.kind).toBe('idle');
        if ('attachment' in state) expect(summary(step)).toMatch(/hangUp leave(Session|Queue) forget/);
      }),
    );
  });
});
