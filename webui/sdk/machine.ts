/**
 * How a connection changes, without doing anything: no clock, no socket, no storage. `reduce` takes a
 * state and an event and answers with the next state and the effects that the driver is to carry out,
 * in their order. Every event brings its own time.
 */
import {
  type Admitted,
  type Attachable,
  type Attachment,
  type ConnectionEvent,
  type ConnectionState,
  type Effect,
  type Failed,
  type FailureReason,
  hasAttachment,
  type Idle,
  initialState,
  isAsking,
  isAttached,
  isLocked,
  type Link,
  type Pursuing,
  type Queued,
  type Replacing,
  type Request,
  type Saved,
  type ServerFrame,
  type Step,
  type Wire,
} from './state';

type Under<T extends ConnectionEvent['type']> = Extract<ConnectionEvent, { type: T }>;

/** The server decides an attempt within 10 s; a first connect does not keep a player longer. */
const attemptMs = 10_000;
/** With a place to come back to, it is worth waiting for a server that is down. */
const patienceMs = 10 * 60_000;
const afreshLimit = 3;

export function reduce(state: ConnectionState, event: ConnectionEvent): Step {
  switch (event.type) {
    case 'connect':
      return connect(state, event);
    case 'resume':
      return resume(state, event);
    case 'confirm':
      return confirm(state, event);
    case 'decline':
      return state.kind === 'replacing' ? go({ kind: 'idle', because: 'declined' }) : go(state);
    case 'leave':
      return leave(state);
    case 'outcome':
      return decide(state, event);
    case 'unreachable':
      return isAsking(state) ? wait(unanswered(state), 'waitingToAsk', event.at) : go(state);
    case 'frame':
      return hear(state, event.frame, event.at);
    case 'closed':
      return close(state, event);
    case 'timer':
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
      return isLocked(state, at) ? go(state) : begin(request, null, at);
    case 'idle':
    case 'replacing':
    case 'timeout':
      return begin(request, null, at);
    default:
      return impossible(state);
  }
}

function confirm(state: ConnectionState, { at }: Under<'confirm'>): Step {
  return state.kind === 'replacing' ? begin(state.request, state.replaceToken, at) : go(state);
}

function begin(request: Request, replaceToken: string | null, at: number): Step {
  return ask({
    kind: 'connecting',
    request,
    since: at,
    replaceToken,
    sessionId: null,
    attachment: null,
    link: newLink('asking', at + attemptMs),
  });
}

function resume(state: ConnectionState, { saved, at }: Under<'resume'>): Step {
  if (state.kind !== 'idle') return go(state);
  const link = newLink('attaching', at + patienceMs);
  const { request, attachment, since } = saved;
  if (saved.place === 'queue') {
    const { position, depth } = saved;
    return attach({ kind: 'queued', request, since, position, depth, ...noEstimate, notice: null, attachment, link });
  }
  const { sessionId, graceSeconds } = saved;
  const until = at + graceSeconds * 1000;
  return attach({
    kind: 'reconnecting',
    request,
    since,
    sessionId,
    graceSeconds,
    cause: 'reload',
    until,
    attachment,
    link,
  });
}

function leave(state: ConnectionState): Step {
  const idle: Idle = { kind: 'idle', because: 'left' };
  switch (state.kind) {
    case 'idle':
      return go(state);
    case 'connecting':
      return go(idle, { type: 'hangUp' }, ...giveBack(state.sessionId, state.request), { type: 'forget' });
    case 'queued':
      return go(idle, { type: 'hangUp' }, ...giveBack(null, state.request), { type: 'forget' });
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

/** Beside the `leave` on the socket, which may be dead without knowing it. */
function giveBack(sessionId: string | null, { characterId }: Request): Effect[] {
  if (sessionId !== null) return [{ type: 'leaveSession', sessionId }];
  return characterId === null ? [] : [{ type: 'leaveQueue', characterId }];
}

/* What the server decides */

function decide(state: ConnectionState, { outcome, at }: Under<'outcome'>): Step {
  if (!isAsking(state)) return go(state);
  switch (outcome.outcome) {
    case 'admitted':
      return attach(reserved(state, outcome, at));
    case 'queued':
      return enqueue(state, outcome, at);
    case 'failed':
      return refuse(state, outcome, at);
    case 'timeout':
      if (state.kind !== 'connecting') return wait(answered(state), 'waitingToAsk', at);
      return go({ kind: 'timeout', request: state.request });
    default:
      return impossible(outcome);
  }
}

function reserved(state: Pursuing, outcome: Wire['AdmittedOutcome'], at: number): Attachable {
  const { wsUrl, sessionId, sessionToken: token } = outcome;
  const attachment: Attachment = { wsUrl, tokenName: 'sessionToken', token };
  const link: Link = { ...state.link, unanswered: false };
  if (state.kind === 'reconnecting') return { ...state, sessionId, attachment, link };
  const { request } = state;
  const since = state.kind === 'connecting' ? state.since : at;
  return { kind: 'connecting', request, since, replaceToken: null, sessionId, attachment, link };
}

function enqueue(state: Pursuing, outcome: Wire['QueuedOutcome'], at: number): Step {
  const { position, depth, estimatedWaitSeconds, estimatedWaitUpperSeconds, wsUrl, queueToken: token } = outcome;
  const queued: Queued = {
    kind: 'queued',
    request: state.request,
    since: state.kind === 'queued' ? state.since : at,
    position,
    depth,
    estimatedWaitSeconds,
    estimatedWaitUpperSeconds,
    notice: null,
    attachment: { wsUrl, tokenName: 'queueToken', token },
    link: { ...state.link, unanswered: false, giveUpAt: at + patienceMs },
  };
  const attached = attach(queued);
  return go(attached.state, saveQueued(queued), ...attached.effects);
}

function refuse(state: Pursuing, outcome: Wire['FailedOutcome'], at: number): Step {
  const { reason, replaceToken } = outcome;
  if ((reason === 'ALREADY_IN_SESSION' || reason === 'ALREADY_QUEUED') && replaceToken) {
    const until = at + (outcome.replaceWithinSeconds ?? 30) * 1000;
    const { request } = state;
    const offer: Replacing = {
      kind: 'replacing',
      request,
      reason,
      existing: outcome.existing ?? null,
      replaceToken,
      until,
    };
    return go(offer, { type: 'forget' }, { type: 'wakeAt', at: until });
  }
  if (state.kind !== 'connecting' && isPassing(reason)) {
    return wait(answered(state), 'waitingToAsk', at, (outcome.retryAfterSeconds ?? 0) * 1000);
  }
  return fail(state.request, outcome, at);
}

/** Refusals that say nothing about the player, only about this moment. */
function isPassing(reason: FailureReason): boolean {
  return reason === 'STORAGE_UNAVAILABLE' || reason === 'SHUTTING_DOWN' || reason === 'CHARACTER_CHANGED';
}

/* What comes over the socket */

function hear(state: ConnectionState, frame: ServerFrame, at: number): Step {
  if (!isAttached(state)) return go(state);
  switch (frame.type) {
    case 'queued':
      return state.kind === 'admitted' ? go(state) : moveUp(state, frame, at);
    case 'admitted':
      return admit(state, frame, at);
    case 'notice':
      return state.kind === 'admitted' || state.kind === 'queued'
        ? go({ ...state, notice: { kind: frame.kind, message: frame.message } })
        : go(state);
    case 'heartbeat':
    case 'error':
    case 'relay':
      return go(state);
    default:
      return impossible(frame);
  }
}

function moveUp(state: Attachable, frame: Wire['QueuedFrame'], at: number): Step {
  const { position, depth, estimatedWaitSeconds, estimatedWaitUpperSeconds, queueToken } = frame;
  const { wsUrl } = state.attachment;
  const queued: Queued = {
    kind: 'queued',
    request: state.request,
    since: state.kind === 'queued' ? state.since : at,
    position,
    depth,
    estimatedWaitSeconds,
    estimatedWaitUpperSeconds,
    notice: state.kind === 'queued' ? state.notice : null,
    attachment: queueToken ? { wsUrl, tokenName: 'queueToken', token: queueToken } : state.attachment,
    link: newLink('open', at + patienceMs),
  };
  return queueToken ? go(queued, saveQueued(queued)) : go(queued);
}

/** The `ack` comes after the token is stored: from then on its predecessor is dead. It also claims a promoted seat. */
function admit(state: Attachable | Admitted, frame: Wire['AdmittedFrame'], at: number): Step {
  const { sessionId, graceSeconds, ticket, resumed, replaced } = frame;
  const { request } = state;
  const isSameSession = (state.kind === 'reconnecting' || state.kind === 'admitted') && state.sessionId === sessionId;
  const since = isSameSession ? state.since : at;
  const { wsUrl } = state.attachment;
  const attachment: Attachment = { wsUrl, tokenName: 'reconnectionToken', token: frame.reconnectionToken };
  const saved: Saved = { place: 'seat', request, attachment, since, sessionId, graceSeconds };
  return go(
    { kind: 'admitted', request, since, sessionId, graceSeconds, ticket, resumed, replaced, notice: null, attachment },
    { type: 'save', saved },
    { type: 'send', frame: { type: 'ack' } },
  );
}

function close(state: ConnectionState, { code, reason, at }: Under<'closed'>): Step {
  if (!isAttached(state)) return go(state);
  if (code === 1000) return go({ kind: 'idle', because: 'left' }, { type: 'forget' });
  if (code >= 4500 && code <= 4999) return stop(state.request, code, reason);
  if (code >= 4010 && code <= 4012) return afresh(lost(state, code, at), at);
  return comeBack(lost(state, code, at), at);
}

/** An attached socket is gone: what was admitted now counts down its grace. */
function lost(state: Attachable | Admitted, code: number, at: number): Attachable {
  if (state.kind !== 'admitted') {
    const wasOpen = state.link.step === 'open';
    return wasOpen ? { ...state, link: newLink('open', at + patienceMs) } : state;
  }
  const { request, since, sessionId, graceSeconds, attachment } = state;
  const cause = code === 4000 ? 'restart' : 'network';
  const until = at + graceSeconds * 1000;
  const link = newLink('open', at + patienceMs);
  return { kind: 'reconnecting', request, since, sessionId, graceSeconds, cause, until, attachment, link };
}

/** A session token is spent by the attach that was lost, so only `connect` can tell what became of the seat. */
function comeBack(state: Attachable, at: number): Step {
  const isSpent = state.attachment.tokenName === 'sessionToken';
  return isSpent ? afresh(state, at) : wait(state, 'waitingToAttach', at);
}

function afresh(state: Pursuing, at: number): Step {
  if (state.link.afresh >= afreshLimit) return fail(state.request, { reason: 'UNSETTLED', retryable: true }, at);
  const again: Pursuing = { ...state, link: { ...state.link, afresh: state.link.afresh + 1, unanswered: false } };
  return state.link.afresh === 0 ? ask(again) : wait(again, 'waitingToAsk', at);
}

function stop(request: Request, code: number, message: string): Step {
  const reasons: Partial<Record<number, FailureReason>> = {
    4500: 'REPLACED',
    4501: 'REMOVED',
    4502: 'INSTANCE_CLOSED',
    4503: 'PROTOCOL_BROKEN',
  };
  // No message for a code we know: its text is ours. An operator's reason for a removal is not.
  const reason = reasons[code] ?? 'STOPPED';
  const words = reason === 'REMOVED' || reason === 'STOPPED' ? message : '';
  return fail(request, { reason, message: words, retryable: reason !== 'REMOVED' }, 0);
}

/* Time */

function wake(state: ConnectionState, at: number): Step {
  switch (state.kind) {
    case 'connecting':
    case 'queued':
    case 'reconnecting':
      return tryAgain(state);
    case 'replacing':
      return at < state.until ? go(state) : go({ kind: 'idle', because: 'offerExpired' });
    case 'failed':
      return state.retryAt === null || at < state.retryAt ? go(state) : go({ ...state, retryAt: null });
    case 'idle':
    case 'admitted':
    case 'timeout':
      return go(state);
    default:
      return impossible(state);
  }
}

function tryAgain(state: Pursuing): Step {
  if (state.link.step === 'waitingToAsk') return ask(state);
  if (state.link.step === 'waitingToAttach' && hasAttachment(state)) return attach(state);
  return go(state);
}

/* Steps that several ways share */

function ask(state: Pursuing): Step {
  const replaceToken = state.kind === 'connecting' ? state.replaceToken : null;
  const sameAttempt = state.link.unanswered;
  const effect: Effect = { type: 'connect', request: state.request, replaceToken, sameAttempt };
  return go({ ...state, link: { ...state.link, step: 'asking' } }, effect);
}

function attach(state: Attachable): Step {
  const { attachment } = state;
  return go({ ...state, link: { ...state.link, step: 'attaching' } }, { type: 'attach', attachment });
}

/** A dead server never looks like the end of the grace: it is asked until patience ends, and it alone can say so. */
function wait(state: Pursuing, step: 'waitingToAsk' | 'waitingToAttach', at: number, atLeastMs = 0): Step {
  const { tries, giveUpAt } = state.link;
  if (at >= giveUpAt) return fail(state.request, { reason: 'UNREACHABLE', retryable: true }, at);
  return go({ ...state, link: { ...state.link, step, tries: tries + 1 } }, { type: 'backOff', tries, atLeastMs });
}

type Refusal = { reason: FailureReason; retryable: boolean } & Partial<Wire['FailedOutcome'] | { message: string }>;

function fail(request: Request, refusal: Refusal, at: number): Step {
  const known: Partial<Wire['FailedOutcome']> = 'outcome' in refusal ? refusal : {};
  const retryAt = known.retryAfterSeconds ? at + known.retryAfterSeconds * 1000 : null;
  const failed: Failed = {
    kind: 'failed',
    request,
    reason: refusal.reason,
    message: refusal.message ?? '',
    retryable: refusal.retryable,
    retryAt,
    requiredBuild: known.requiredBuild ?? null,
    updateUrl: known.updateUrl ?? null,
    existing: known.existing ?? null,
  };
  return retryAt === null
    ? go(failed, { type: 'forget' })
    : go(failed, { type: 'forget' }, { type: 'wakeAt', at: retryAt });
}

function saveQueued({ request, attachment, since, position, depth }: Queued): Effect {
  return { type: 'save', saved: { place: 'queue', request, attachment, since, position, depth } };
}

const noEstimate = { estimatedWaitSeconds: null, estimatedWaitUpperSeconds: null };

function newLink(step: Link['step'], giveUpAt: number): Link {
  return { step, tries: 0, afresh: 0, unanswered: false, giveUpAt };
}

function unanswered<S extends Pursuing>(state: S): S {
  return { ...state, link: { ...state.link, unanswered: true } };
}

function answered<S extends Pursuing>(state: S): S {
  return { ...state, link: { ...state.link, unanswered: false } };
}

function go(state: ConnectionState, ...effects: Effect[]): Step {
  return { state, effects };
}

function impossible(value: never): never {
  throw new Error(`not a case: ${JSON.stringify(value)}`);
}
