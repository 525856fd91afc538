/** What comes over the socket, its end included, and what that makes of the state. */
import {
  type Admitted,
  type Attachable,
  type Attachment,
  type ConnectionState,
  type FailureReason,
  isAttached,
  type News,
  noNews,
  type Queued,
  type Request,
  type Saved,
  type ServerFrame,
  type Step,
  unopenedLimit,
  type Wire,
} from './state';
import {
  afresh,
  along,
  fail,
  go,
  impossible,
  linger,
  lostBy,
  newLink,
  patienceMs,
  poll,
  progress,
  saveQueued,
  wait,
} from './step';

/** The server lets go of a silent socket after this, and the grace begins. */
const silenceMs = 25_000;

export function hear(state: ConnectionState, frame: ServerFrame, at: number): Step {
  if (!isAttached(state)) return go(state);
  switch (frame.type) {
    case 'queued':
      return state.kind === 'admitted' ? go(state) : moveUp(state, frame, at);
    case 'admitted':
      return admit(state, frame, at);
    case 'notice':
      if (state.kind === 'admitted') return go({ ...state, ...newsIn(frame) });
      return state.kind === 'queued' ? linger({ ...state, ...newsIn(frame) }, at) : go(state);
    case 'heartbeat':
    case 'error':
      return go(state);
    case 'relay':
      return state.kind === 'admitted' ? go({ ...state, isRelayed: true }) : go(state);
    default:
      return impossible(frame);
  }
}

/** An empty message takes back all that was said before; what still holds is said again after it. */
function newsIn({ kind, message, code }: Wire['NoticeFrame']): Partial<News> {
  if (code === 'GAME_SERVER_SILENT') return { isGameServerSilent: true };
  if (code === 'GAME_SERVER_BACK') return { isGameServerSilent: false };
  return kind === 'message' && message === '' ? noNews : { notice: { kind, message } };
}

/** They last over a promotion; after an attach the server says them again. */
function newsOf(state: Attachable | Admitted): News {
  if (state.kind !== 'queued' || state.link.step !== 'open') return noNews;
  return { notice: state.notice, isGameServerSilent: state.isGameServerSilent };
}

function moveUp(state: Attachable, frame: Wire['QueuedFrame'], at: number): Step {
  const { queueToken } = frame;
  const { wsUrl } = state.attachment;
  const queued: Queued = {
    kind: 'queued',
    request: state.request,
    lost: lostBy(state),
    ...progress(state, frame, at),
    ...newsOf(state),
    attachment: queueToken ? { wsUrl, tokenName: 'queueToken', token: queueToken } : state.attachment,
    link: newLink('open', at + patienceMs),
  };
  return queueToken ? linger(queued, at, saveQueued(queued)) : linger(queued, at);
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
  const admitted: Admitted = {
    kind: 'admitted',
    request,
    since,
    lost: state.kind === 'connecting' ? state.lost : null,
    sessionId,
    graceSeconds,
    ticket,
    ticketAt: at,
    isRelayed: false,
    resumed,
    replaced,
    ...newsOf(state),
    attachment,
  };
  return go(admitted, { type: 'save', saved }, { type: 'send', frame: { type: 'ack' } });
}

export function close(state: ConnectionState, code: number, reason: string, heardAt: number, at: number): Step {
  if (!isAttached(state)) return go(state);
  if (code === 1000) return go({ kind: 'idle', because: 'left' }, { type: 'forget' });
  if (code >= 4500 && code <= 4999) return stop(state.request, code, reason, at);
  const left = lost(state, code, heardAt, at);
  if (code >= 4010 && code <= 4012) return startOver(left, code, at);
  return comeBack(left, at);
}

/** An attached socket is gone: what was admitted now counts down its grace. */
function lost(state: Attachable | Admitted, code: number, heardAt: number, at: number): Attachable {
  if (state.kind !== 'admitted') {
    const { step, unopened } = state.link;
    if (step === 'open') return { ...state, link: newLink('open', at + patienceMs) };
    return code < 4000 ? along(state, { unopened: unopened + 1 }) : along(state, { unopened: 0 });
  }
  const { request, since, sessionId, graceSeconds, attachment } = state;
  const cause = code === 4000 ? 'restart' : 'network';
  // A machine that slept was let go of long ago.
  const until = Math.min(at, heardAt + silenceMs) + graceSeconds * 1000;
  const link = newLink('open', at + patienceMs);
  return { kind: 'reconnecting', request, since, sessionId, graceSeconds, cause, until, attachment, link };
}

/** The token is dead. Of a queue place it is worth knowing why before another one is taken. */
function startOver(state: Attachable, code: number, at: number): Step {
  if (state.kind !== 'queued' || state.link.afresh > 0 || code === 4011) return afresh(state, at);
  return poll(along(state, { afresh: 1, unanswered: false }), at);
}

/** A session token is spent by the attach that was lost, so only `connect` can tell what became of the seat. */
function comeBack(state: Attachable, at: number): Step {
  if (state.attachment.tokenName === 'sessionToken') return afresh(state, at);
  if (state.kind === 'queued' && state.link.unopened >= unopenedLimit) return poll(state, at);
  return wait(state, 'waitingToAttach', at);
}

function stop(request: Request, code: number, message: string, at: number): Step {
  const reasons: Partial<Record<number, FailureReason>> = {
    4500: 'REPLACED',
    4501: 'REMOVED',
    4502: 'INSTANCE_CLOSED',
    4503: 'PROTOCOL_BROKEN',
  };
  // No message for a code we know: its text is ours. An operator's reason for a removal is not.
  const reason = reasons[code] ?? 'STOPPED';
  const words = reason === 'REMOVED' || reason === 'STOPPED' ? message : '';
  const retryable = reason !== 'REMOVED' && reason !== 'INSTANCE_CLOSED';
  return fail(request, { reason, message: words, retryable }, at);
}
