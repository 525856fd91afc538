/** Steps that several ways through the machine share. */
import {
  type Attachable,
  type Connecting,
  type Effect,
  type Failed,
  type FailureReason,
  type Link,
  type Lost,
  type Pursuing,
  type Queued,
  type Request,
  type Step,
  unopenedLimit,
  type Wire,
} from './state';

/** The server decides an attempt within 10 s; a first connect does not keep a player longer. */
export const attemptMs = 10_000;
/** With a place to come back to, it is worth waiting for a server that is down. */
export const patienceMs = 10 * 60_000;
/** How old the expected wait may become while the position does not change. */
const refreshMs = 30_000;
/** The server answers a poll at most once a second. */
const pollGapMs = 1_000;
const afreshLimit = 3;

export function go(state: Step['state'], ...effects: Effect[]): Step {
  return { state, effects };
}

export function newLink(step: Link['step'], giveUpAt: number): Link {
  return { step, tries: 0, afresh: 0, unanswered: false, unopened: 0, notBefore: 0, giveUpAt };
}

/** The same state, with its way to the server changed. */
export function along<S extends Pursuing>(state: S, link: Partial<Link>): S {
  return { ...state, link: { ...state.link, ...link } };
}

/** Asks for a place, with nothing in hand. */
export function begin(
  request: Request,
  at: number,
  known: Partial<Pick<Connecting, 'replaceToken' | 'lost' | 'link'>>,
): Step {
  const giveUpAt = at + attemptMs;
  return ask({
    kind: 'connecting',
    request,
    since: at,
    lost: known.lost ?? null,
    replaceToken: known.replaceToken ?? null,
    sessionId: null,
    attachment: null,
    link: known.link ? { ...known.link, giveUpAt } : newLink('asking', giveUpAt),
  });
}

export function ask(state: Pursuing): Step {
  const replaceToken = state.kind === 'connecting' ? state.replaceToken : null;
  const sameAttempt = state.link.unanswered;
  return go(along(state, { step: 'asking' }), { type: 'connect', request: state.request, replaceToken, sameAttempt });
}

export function attach(state: Attachable): Step {
  return go(along(state, { step: 'attaching' }), { type: 'attach', attachment: state.attachment });
}

/** Asks what became of a place without a socket. Without knowing whose it is, only `connect` can tell. */
export function poll(state: Queued, at: number): Step {
  const { characterId } = state.request;
  if (characterId === null) return ask(state);
  const { unopened } = state.link;
  const polling = along(state, { step: 'polling', unopened: unopened + 1, notBefore: at + pollGapMs });
  return go(polling, { type: 'poll', characterId });
}

/** Open, or polled: nothing to do but to look now and then whether the expected wait has changed. */
export function refresh(state: Queued, at: number): Step {
  const { characterId } = state.request;
  const effects: Effect[] = characterId === null ? [] : [{ type: 'poll', characterId }];
  return linger(along(state, { notBefore: at + pollGapMs }), at, ...effects);
}

/** Rests in the queue with an open socket, until the next refresh. */
export function linger(state: Queued, at: number, ...effects: Effect[]): Step {
  return go(state, ...effects, { type: 'wakeAt', at: at + refreshMs });
}

/** A dead server never looks like the end of the grace: it is asked until patience ends, and it alone can say so. */
export function wait(state: Pursuing, step: 'waitingToAsk' | 'waitingToAttach', at: number, atLeastMs = 0): Step {
  const { tries, giveUpAt } = state.link;
  if (at >= giveUpAt) return fail(state.request, { reason: 'UNREACHABLE', retryable: true }, at);
  const waiting = along(state, { step, tries: tries + 1, notBefore: at + atLeastMs });
  return go(waiting, { type: 'backOff', tries, atLeastMs });
}

/** Connects once more: at once the first time, later after a pause, and not for ever. */
export function afresh(state: Pursuing, at: number): Step {
  const { afresh, unopened } = state.link;
  if (afresh >= afreshLimit) {
    const reason = unopened >= unopenedLimit ? 'SOCKET_BLOCKED' : 'UNSETTLED';
    return fail(state.request, { reason, retryable: true }, at);
  }
  const again = along(state, { afresh: afresh + 1, unanswered: false });
  return afresh === 0 ? ask(again) : wait(again, 'waitingToAsk', at);
}

export type Refusal = { reason: FailureReason; retryable: boolean } & Partial<
  Wire['FailedOutcome'] | { message: string }
>;

export function fail(request: Request, refusal: Refusal, at: number): Step {
  const known: Partial<Wire['FailedOutcome']> = 'outcome' in refusal ? refusal : {};
  const retryAt = known.retryAfterSeconds ? at + known.retryAfterSeconds * 1000 : null;
  const failed: Failed = {
    kind: 'failed',
    request,
    since: at,
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

/** Whoever comes back into something else has lost what they had. */
export function lostBy(state: Pursuing): Lost {
  return state.kind === 'reconnecting' ? 'seat' : state.lost;
}

type Rank = Pick<Queued, 'position' | 'depth' | 'estimatedWaitSeconds' | 'estimatedWaitUpperSeconds'>;
type Progress = Rank & Pick<Queued, 'since' | 'firstPosition' | 'movedAt'>;

/** What the server tells of a place, and what that means for the way since joining. */
export function progress(state: Pursuing, told: Rank, at: number): Progress {
  const { position, depth, estimatedWaitSeconds, estimatedWaitUpperSeconds } = told;
  const rank = { position, depth, estimatedWaitSeconds, estimatedWaitUpperSeconds };
  if (state.kind !== 'queued') return { ...rank, since: at, firstPosition: position, movedAt: at };
  const { since, firstPosition, movedAt } = state;
  // Only an operator moves anybody back; the way is then as long as it became.
  return {
    ...rank,
    since,
    firstPosition: Math.max(firstPosition, position),
    movedAt: state.position === position ? movedAt : at,
  };
}

export function saveQueued({ request, attachment, since, position, depth, firstPosition }: Queued): Effect {
  return { type: 'save', saved: { place: 'queue', request, attachment, since, position, depth, firstPosition } };
}

export function impossible(value: never): never {
  throw new Error(`not a case: ${JSON.stringify(value)}`);
}
