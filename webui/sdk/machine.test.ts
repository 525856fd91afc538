import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ana, events, outcomes, start, states } from './examples';
import { reduce } from './machine';
import { type ConnectionEvent, type ConnectionState, initialState, type Step } from './state';

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
    'frame queued': 'queued: save',
    'frame admitted': 'admitted: save send',
    ...closes('connecting: connect', 'connecting: connect'),
  },
  'connecting, waiting': { leave: 'idle: hangUp leaveQueue forget', timer: 'connecting: connect' },
  'queued, attaching': {
    leave: 'idle: hangUp leaveQueue forget',
    'frame queued': 'queued: save',
    'frame admitted': 'admitted: save send',
    'frame notice': 'queued:',
    ...closes('queued: backOff', 'queued: connect'),
  },
  'queued, open': {
    leave: 'idle: hangUp leaveQueue forget',
    'frame queued': 'queued: save',
    'frame admitted': 'admitted: save send',
    'frame notice': 'queued:',
    ...closes('queued: backOff', 'queued: connect'),
  },
  'queued, waiting': { leave: 'idle: hangUp leaveQueue forget', timer: 'queued: attach' },
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
  admitted: {
    leave: 'idle: hangUp leaveSession forget',
    'frame admitted': 'admitted: save send',
    'frame notice': 'admitted:',
    ...closes('reconnecting: backOff', 'reconnecting: connect'),
  },
  'reconnecting, attaching': {
    leave: 'idle: hangUp leaveSession forget',
    'frame queued': 'queued: save',
    'frame admitted': 'admitted: save send',
    ...closes('reconnecting: backOff', 'reconnecting: connect'),
  },
  'reconnecting, waiting': { leave: 'idle: hangUp leaveSession forget', timer: 'reconnecting: attach' },
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
  },
  'failed, locked': { leave: 'idle:' },
  'failed, may retry': { connect: 'connecting: connect', leave: 'idle:' },
  timeout: { connect: 'connecting: connect', leave: 'idle:' },
};

function closes(comeBack: string, afresh: string): Partial<Record<EventName, string>> {
  const stop = 'failed: forget';
  return {
    'closed 1000': 'idle: forget',
    'closed 1006': comeBack,
    'closed 4000': comeBack,
    'closed 4010': afresh,
    'closed 4011': afresh,
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

describe('rules', () => {
  test('the token is stored before it is acknowledged', () => {
    const { effects } = reduce(states['queued, open'], events['frame admitted']);
    expect(effects.map(({ type }) => type)).toEqual(['save', 'send']);
    expect(effects[1]).toEqual({ type: 'send', frame: { type: 'ack' } });
  });

  test('a dead server never looks like the end of the grace', () => {
    let state: ConnectionState = states['reconnecting, attaching'];
    for (let at = start; at < start + 5 * 60_000; at += 5_000) {
      state = reduce(state, { type: 'closed', code: 1006, reason: '', at }).state;
      expect(state).toMatchObject({ kind: 'reconnecting', link: { step: 'waitingToAttach' } });
      state = reduce(state, { type: 'timer', at }).state;
    }
  });

  test('patience ends', () => {
    const late = { type: 'closed', code: 1006, reason: '', at: start + 60 * 60_000 } as const;
    const { state } = reduce(states['reconnecting, attaching'], late);
    expect(state).toMatchObject({ kind: 'failed', reason: 'UNREACHABLE' });
  });

  test('connecting afresh is bounded', () => {
    let state: ConnectionState = states.admitted;
    const closed = { type: 'closed', code: 4010, reason: '', at: start } as const;
    for (let i = 0; i < 20 && state.kind !== 'failed'; i++) {
      state = reduce(state, closed).state;
      state = reduce(state, { type: 'timer', at: start }).state;
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
    expect(reduce(lost, events.timer).effects).toMatchObject([{ type: 'connect', sameAttempt: true }]);
    const refused = reduce(states['queued, asking'], events['outcome unavailable']).state;
    expect(reduce(refused, events.timer).effects).toMatchObject([{ type: 'connect', sameAttempt: false }]);
  });

  test('a confirmed replacement carries its token, once', () => {
    const confirmed = reduce(states.replacing, events.confirm);
    expect(confirmed.effects).toMatchObject([{ type: 'connect', replaceToken: 'replace' }]);
    const admitted = reduce(confirmed.state, events['outcome admitted']).state;
    expect(reduce(admitted, events['closed 1006']).effects).toMatchObject([{ type: 'connect', replaceToken: null }]);
  });

  test('an offer and a lock end at their time', () => {
    const late = { type: 'timer', at: start + 60_000 } as const;
    expect(reduce(states.replacing, late).state).toEqual({ kind: 'idle', because: 'offerExpired' });
    expect(reduce(states['failed, locked'], late).state).toMatchObject({ kind: 'failed', retryAt: null });
  });

  test.each([
    [4500, 'REPLACED', ''],
    [4501, 'REMOVED', 'words'],
    [4502, 'INSTANCE_CLOSED', ''],
    [4503, 'PROTOCOL_BROKEN', ''],
    [4777, 'STOPPED', 'words'],
  ])('close code %i stops with %s', (code, reason, message) => {
    const step = reduce(states.admitted, { type: 'closed', code, reason: 'words', at: start });
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

  test('the state is one of the union', () => {
    fc.assert(fc.property(story, (steps) => void play(steps)));
  });

  test('a server that stays away brings it to rest', () => {
    fc.assert(
      fc.property(story, (steps) => {
        let [state, at] = play(steps);
        for (let i = 0; i < 1_000; i++) {
          at += 2_000;
          for (const type of ['closed', 'unreachable', 'timer'] as const) {
            const silence = type === 'closed' ? { type, code: 1006, reason: '', at } : { type, at };
            state = reduce(state, silence).state;
          }
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
