/**
 * How a connection changes, without doing anything: no clock, no socket, no storage. `reduce` takes a
 * state and an event and answers with the next state and the effects that the driver is to carry out,
 * in their order. Every event brings its own time.
 */
import { close, hear } from './frame';
import { decide, learn } from './outcome';
import {
  type ConnectionEvent,
  type ConnectionState,
  type Effect,
  hasAttachment,
  type Idle,
  initialState,
  isAsking,
  isLocked,
  noNews,
  type Pursuing,
  type Queued,
  type Reconnecting,
  type Request,
  type Saved,
  type Step,
} from './state';
import { along, ask, attach, begin, go, impossible, newLink, patienceMs, poll, refresh, wait } from './step';

type Under<T extends ConnectionEvent['type']> = Extract<ConnectionEvent, { type: T }>;

/** Polls between two tries whether a socket opens after all. */
const pollsPerSocket = 6;

export function reduce(state: ConnectionState, event: ConnectionEvent): Step {
  switch (event.type) {
    case 'connect':
      return connect(state, event);
    case 'resume':
      return resume(state, event);
    case 'confirm':
      return state.kind === 'replacing'
        ? begin(state.request, event.at, { replaceToken: state.replaceToken })
        : go(state);
    case 'decline':
      return state.kind === 'replacing' ? go({ kind: 'idle', because: 'declined' }) : go(state);
    case 'leave':
      return leave(state);
    case 'renew':
      return renew(state);
    case 'outcome':
      return decide(state, event.outcome, event.at);
    case 'status':
      return learn(state, event.status, event.at);
    case 'unreachable':
      return miss(state, event);
    case 'frame':
      return hear(state, event.frame, event.at);
    case 'closed':
      return close(state, event.code, event.reason, event.heardAt, event.at);
    case 'wake':
      return wake(state, event.at);
    default:
      return impossible(event);
  }
}

/* What the player does */

function connect(state: ConnectionState, { request, at }: Under<'connect'>): Step {
  switch (state.kind) {
    case 'connecting':
    case 'queued':
    case 'admitted':
    case 'reconnecting':
      return go(state);
    case 'failed':
      return isLocked(state, at) ? go(state) : begin(request, at, {});
    case 'idle':
    case 'replacing':
    case 'timeout':
      return begin(request, at, {});
    default:
      return impossible(state);
  }
}

/** With its token, or where another page may hold the place, by asking the server, which then asks the player. */
function resume(state: ConnectionState, { saved, isHeld, at }: Under<'resume'>): Step {
  if (state.kind !== 'idle') return go(state);
  const resumed = restored(saved, at);
  return isHeld ? ask(resumed) : attach(resumed);
}

function restored(saved: Saved, at: number): Queued | Reconnecting {
  const link = newLink('attaching', at + patienceMs);
  if (saved.place === 'seat') {
    const { place, ...rest } = saved;
    return { kind: 'reconnecting', ...rest, cause: 'reload', until: at + saved.graceSeconds * 1000, link };
  }
  const { place, ...rest } = saved;
  const estimate = { estimatedWaitSeconds: null, estimatedWaitUpperSeconds: null };
  return { kind: 'queued', ...rest, ...estimate, lost: null, movedAt: at, ...noNews, link };
}

function leave(state: ConnectionState): Step {
  const idle: Idle = { kind: 'idle', because: 'left' };
  switch (state.kind) {
    case 'idle':
      return go(state);
    case 'queued':
      return go(idle, { type: 'hangUp' }, ...giveBack(null, state.request), { type: 'forget' });
    case 'connecting':
    case 'admitted':
    case 'reconnecting':
      return go(idle, { type: 'hangUp' }, ...giveBack(state.sessionId, state.request), { type: 'forget' });
    case 'replacing':
    case 'failed':
    case 'timeout':
      return go(initialState);
    default:
      return impossible(state);
  }
}

/** A ticket comes with an attach. A relayed game would be lost by one, and has a ticket of its own. */
function renew(state: ConnectionState): Step {
  if (state.kind !== 'admitted' || state.isRelayed) return go(state);
  return go(state, { type: 'attach', attachment: state.attachment });
}

/** Beside the `leave` on the socket, which may be dead without knowing it. */
function giveBack(sessionId: string | null, { characterId }: Request): Effect[] {
  if (sessionId !== null) return [{ type: 'leaveSession', sessionId }];
  return characterId === null ? [] : [{ type: 'leaveQueue', characterId }];
}

/* What does not come */

function miss(state: ConnectionState, { retryAfterMs, at }: Under<'unreachable'>): Step {
  if (isAsking(state)) return wait(along(state, { unanswered: true }), 'waitingToAsk', at, retryAfterMs);
  if (state.kind !== 'queued' || state.link.step !== 'polling') return go(state);
  return wait(state, 'waitingToAttach', at, retryAfterMs);
}

/* Time */

function wake(state: ConnectionState, at: number): Step {
  switch (state.kind) {
    case 'connecting':
    case 'queued':
    case 'reconnecting':
      return tryAgain(state, at);
    case 'replacing':
      return at < state.until ? sleepOn(state, state.until) : go({ kind: 'idle', because: 'offerExpired' });
    case 'failed':
      if (state.retryAt === null) return go(state);
      return at < state.retryAt ? sleepOn(state, state.retryAt) : go({ ...state, retryAt: null });
    case 'idle':
    case 'admitted':
    case 'timeout':
      return go(state);
    default:
      return impossible(state);
  }
}

function tryAgain(state: Pursuing, at: number): Step {
  const { step, notBefore, unopened } = state.link;
  const isResting = step === 'asking' || step === 'attaching' || step === 'polling';
  if (isResting || (step === 'open' && state.kind !== 'queued')) return go(state);
  if (at < notBefore) return sleepOn(state, notBefore);
  if (state.kind === 'queued' && step === 'open') return refresh(state, at);
  if (state.kind === 'queued' && step === 'waitingToPoll' && unopened % pollsPerSocket !== 0) return poll(state, at);
  return step === 'waitingToAsk' || !hasAttachment(state) ? ask(state) : attach(state);
}

/** Woken too early: the timer is set again. */
function sleepOn(state: ConnectionState, at: number): Step {
  return go(state, { type: 'wakeAt', at });
}
