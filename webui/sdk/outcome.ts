/** What the server decides, and what that makes of the state: the answers to `connect` and to a poll. */
import {
  type Attachable,
  type Attachment,
  type ConnectionState,
  type ConnectOutcome,
  type FailureReason,
  isAsking,
  isPolling,
  noNews,
  type Pursuing,
  type Queued,
  type QueueStatus,
  type Replacing,
  type Request,
  type Step,
  type Wire,
} from './state';
import {
  along,
  ask,
  attach,
  begin,
  fail,
  go,
  impossible,
  linger,
  lostBy,
  newLink,
  patienceMs,
  progress,
  saveQueued,
  wait,
} from './step';

export function decide(state: ConnectionState, outcome: ConnectOutcome, at: number): Step {
  if (!isAsking(state)) return go(state);
  switch (outcome.outcome) {
    case 'admitted':
      return attach(reserved(state, outcome, { characterId: outcome.characterId }, at));
    case 'queued':
      return enqueue(state, outcome, at);
    case 'failed':
      return refuse(state, outcome, at);
    case 'timeout':
      if (state.kind !== 'connecting') return wait(along(state, { unanswered: false }), 'waitingToAsk', at);
      return go({ kind: 'timeout', request: state.request });
    default:
      return impossible(outcome);
  }
}

function reserved(
  state: Pursuing,
  { wsUrl, sessionId, sessionToken: token }: Wire['AdmittedOutcome'] | Wire['PromotedStatus'],
  request: Request,
  at: number,
): Attachable {
  const attachment: Attachment = { wsUrl, tokenName: 'sessionToken', token };
  const link = { ...state.link, unanswered: false };
  if (state.kind === 'reconnecting' && state.sessionId === sessionId) return { ...state, request, attachment, link };
  const since = state.kind === 'connecting' ? state.since : at;
  return { kind: 'connecting', request, since, lost: lostBy(state), replaceToken: null, sessionId, attachment, link };
}

function enqueue(state: Pursuing, outcome: Wire['QueuedOutcome'], at: number): Step {
  const { wsUrl, queueToken: token } = outcome;
  const queued: Queued = {
    kind: 'queued',
    request: { characterId: outcome.characterId },
    lost: lostBy(state),
    ...progress(state, outcome, at),
    ...noNews,
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
    const existing = outcome.existing ?? null;
    const offer: Replacing = { kind: 'replacing', request, reason, existing, replaceToken, until };
    return go(offer, { type: 'forget' }, { type: 'wakeAt', at: until });
  }
  if (state.kind !== 'connecting' && isPassing(reason)) {
    return wait(along(state, { unanswered: false }), 'waitingToAsk', at, (outcome.retryAfterSeconds ?? 0) * 1000);
  }
  return fail(state.request, outcome, at);
}

/** Refusals that say nothing about the player, only about this moment. */
function isPassing(reason: FailureReason): boolean {
  return reason === 'STORAGE_UNAVAILABLE' || reason === 'SHUTTING_DOWN' || reason === 'CHARACTER_CHANGED';
}

/** The answer to a poll: about a place whose token died, one that no socket reaches, or only its expected wait. */
export function learn(state: ConnectionState, status: QueueStatus | null, at: number): Step {
  if (state.kind !== 'queued') return go(state);
  const { step, unopened } = state.link;
  if (step === 'open') {
    return status?.state === 'queued' ? linger({ ...state, ...progress(state, status, at) }, at) : go(state);
  }
  if (step !== 'polling') return go(state);
  switch (status?.state) {
    case 'queued': {
      // The place stands, so its token must have died: `connect` gives another one.
      if (!isPolling(state)) return ask(state);
      const link = { ...newLink('waitingToPoll', at + patienceMs), unopened };
      const wakeAt = at + status.pollAfterSeconds * 1000;
      return go({ ...state, ...progress(state, status, at), link }, { type: 'wakeAt', at: wakeAt });
    }
    case 'admitted':
      return attach(reserved(state, status, state.request, at));
    case 'none':
      return gone(state, status.reason, at);
    case 'active':
    case 'grace':
    case undefined:
      return ask(state);
    default:
      return impossible(status);
  }
}

/** A place that this side did not give up itself. Whoever was away too long is told so, and queues again. */
function gone(state: Queued, reason: Wire['NoPlaceStatus']['reason'], at: number): Step {
  const { request } = state;
  switch (reason) {
    case 'LEFT':
      return go({ kind: 'idle', because: 'left' }, { type: 'forget' });
    case 'TRANSFERRED':
      return fail(request, { reason: 'REPLACED', retryable: true }, at);
    case 'REMOVED':
      return fail(request, { reason: 'REMOVED', retryable: false }, at);
    case 'CLOSED':
      return fail(request, { reason: 'INSTANCE_CLOSED', retryable: false }, at);
    default:
      return begin(request, at, { lost: 'place', link: { ...state.link, unanswered: false } });
  }
}
