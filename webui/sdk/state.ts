/** What a connection can be, what can happen to it, and what is then to be done. Times are milliseconds since the epoch. */
import type { components } from './wire';

export type Wire = components['schemas'];
export type ConnectOutcome = Wire['ConnectOutcome'];
export type QueueStatus = Wire['QueueStatus'];
export type ServerFrame = Wire['ServerFrame'];
export type ClientFrame = Wire['ClientFrame'];
export type ExistingPlace = Wire['ExistingPlace'];
export type NoticeKind = Wire['NoticeFrame']['kind'];

/** Why there is no connection: the server's reasons, and what only a client can find out. */
export type FailureReason =
  | Wire['FailureReason']
  | 'UNREACHABLE' // nobody answered, for longer than it makes sense to wait
  | 'UNSETTLED' // the server kept sending the client back to the start
  | 'SOCKET_BLOCKED' // the server answers, but no WebSocket to it ever opens
  | 'REPLACED' // close code 4500
  | 'REMOVED' // 4501
  | 'INSTANCE_CLOSED' // 4502
  | 'PROTOCOL_BROKEN' // 4503
  | 'STOPPED'; // a code from 4500 on that this client has never heard of

/** Who wants in. Without a character the server takes the account's active one. */
export interface Request {
  characterId: string | null;
}

/** What opens the socket. The token is a secret: not for display, not for logs. */
export interface Attachment {
  wsUrl: string;
  tokenName: 'sessionToken' | 'reconnectionToken' | 'queueToken';
  token: string;
}

/** How far the way to the server is, and how often it was tried. */
export interface Link {
  step: 'asking' | 'attaching' | 'open' | 'polling' | 'waitingToAsk' | 'waitingToAttach' | 'waitingToPoll';
  /** Failures in a row, for the back-off. */
  tries: number;
  /** How often the server sent us back to `connect` since it last gave us something. */
  afresh: number;
  /** The last `connect` got no answer, so the next one is the same attempt. */
  unanswered: boolean;
  /** Sockets and polls in a row since a socket last opened. */
  unopened: number;
  /** Nothing is asked of the server before: it said so, or was asked only just now. */
  notBefore: number;
  giveUpAt: number;
}

/** What this side held and found gone when it came back; null where nothing was lost. */
export type Lost = 'seat' | 'place' | null;

/** What those who run the server say. */
export interface Notice {
  kind: NoticeKind;
  /** Their own words, or empty. */
  message: string;
}

/** What a player with a place has been told about the instance. */
export interface News {
  notice: Notice | null;
  /** The game's own server does not answer: nobody is let in until it does. */
  isGameServerSilent: boolean;
}

export const noNews: News = { notice: null, isGameServerSilent: false };

export interface Idle {
  kind: 'idle';
  because: 'new' | 'left' | 'declined' | 'offerExpired';
}
export interface Connecting {
  kind: 'connecting';
  request: Request;
  since: number;
  replaceToken: string | null;
  lost: Lost;
  /** Known once a seat is reserved. */
  sessionId: string | null;
  attachment: Attachment | null;
  link: Link;
}
export interface Queued extends News {
  kind: 'queued';
  request: Request;
  since: number;
  lost: Lost;
  position: number;
  depth: number;
  /** The position at the beginning, and when the present one was reached. */
  firstPosition: number;
  movedAt: number;
  estimatedWaitSeconds: number | null;
  estimatedWaitUpperSeconds: number | null;
  attachment: Attachment;
  link: Link;
}
export interface Admitted extends News {
  kind: 'admitted';
  request: Request;
  since: number;
  lost: Lost;
  sessionId: string;
  graceSeconds: number;
  ticket: string;
  ticketAt: number;
  /** The socket is the game's own now. */
  isRelayed: boolean;
  resumed: boolean;
  replaced: boolean;
  attachment: Attachment;
}
export interface Reconnecting {
  kind: 'reconnecting';
  request: Request;
  since: number;
  sessionId: string;
  graceSeconds: number;
  cause: 'network' | 'restart' | 'reload';
  /** When the grace ends as far as this side can tell. A server that was down itself holds the seat longer. */
  until: number;
  attachment: Attachment;
  link: Link;
}
export interface Replacing {
  kind: 'replacing';
  request: Request;
  reason: 'ALREADY_IN_SESSION' | 'ALREADY_QUEUED';
  existing: ExistingPlace | null;
  replaceToken: string;
  until: number;
}
export interface Failed {
  kind: 'failed';
  request: Request;
  since: number;
  reason: FailureReason;
  /** The server's or operator's own words, or empty. */
  message: string;
  retryable: boolean;
  /** Trying again makes no sense before; null once it does. */
  retryAt: number | null;
  requiredBuild: string | null;
  updateUrl: string | null;
  existing: ExistingPlace | null;
}
export interface TimedOut {
  kind: 'timeout';
  request: Request;
}
export type ConnectionState = Idle | Connecting | Queued | Admitted | Reconnecting | Replacing | Failed | TimedOut;

/** What a reloaded page needs to be itself again. */
export type Saved =
  | {
      place: 'seat';
      request: Request;
      attachment: Attachment;
      since: number;
      sessionId: string;
      graceSeconds: number;
    }
  | {
      place: 'queue';
      request: Request;
      attachment: Attachment;
      since: number;
      position: number;
      depth: number;
      firstPosition: number;
    };

export type ConnectionEvent = { at: number } & (
  | { type: 'connect'; request: Request }
  /** `isHeld`: another page may still hold the place, as when a tab was duplicated or the browser crashed. */
  | { type: 'resume'; saved: Saved; isHeld: boolean }
  | { type: 'confirm' }
  | { type: 'decline' }
  | { type: 'leave' }
  | { type: 'outcome'; outcome: ConnectOutcome }
  /** Answers a poll; null where the server refused to. */
  | { type: 'status'; status: QueueStatus | null }
  | { type: 'unreachable'; retryAfterMs: number }
  /** The ticket is too old to be handed on. */
  | { type: 'renew' }
  | { type: 'frame'; frame: ServerFrame }
  /** `heardAt`: when the server was last heard on it. */
  | { type: 'closed'; code: number; reason: string; heardAt: number }
  /** The time that was asked for has come, or the page has a reason to look at once. */
  | { type: 'wake' }
);

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'at'> : never;
/** An event whose time is still to be told. */
export type Unstamped = WithoutTime<ConnectionEvent>;

/** A timer replaces the former one, and none outlives the state that asked for it. */
export type Effect =
  | { type: 'connect'; request: Request; replaceToken: string | null; sameAttempt: boolean }
  | { type: 'poll'; characterId: string }
  | { type: 'attach'; attachment: Attachment }
  | { type: 'send'; frame: ClientFrame }
  | { type: 'hangUp' }
  | { type: 'save'; saved: Saved }
  | { type: 'forget' }
  | { type: 'leaveSession'; sessionId: string }
  | { type: 'leaveQueue'; characterId: string }
  | { type: 'backOff'; tries: number; atLeastMs: number }
  | { type: 'wakeAt'; at: number };

export interface Step {
  state: ConnectionState;
  effects: readonly Effect[];
}

export const initialState: ConnectionState = { kind: 'idle', because: 'new' };

/** On the way to the server, or waiting there. */
export type Pursuing = Connecting | Queued | Reconnecting;
/** Has something to open a socket with. */
export type Attachable = Pursuing & { attachment: Attachment };

export function isPursuing(state: ConnectionState): state is Pursuing {
  return state.kind === 'connecting' || state.kind === 'queued' || state.kind === 'reconnecting';
}

/** The server answers but no socket opens: the place in the queue is kept by asking. */
export function isPolling({ link: { step, unopened } }: Queued): boolean {
  return (step === 'polling' || step === 'waitingToPoll') && unopened > unopenedLimit;
}

/** Sockets in a row that never open, before the way there counts as closed. */
export const unopenedLimit = 2;

export function isAsking(state: ConnectionState): state is Pursuing & { link: { step: 'asking' } } {
  return isPursuing(state) && state.link.step === 'asking';
}

export function hasAttachment(state: Pursuing): state is Attachable {
  return state.attachment !== null;
}

export function isAttached(state: ConnectionState): state is Attachable | Admitted {
  if (state.kind === 'admitted') return true;
  return isPursuing(state) && (state.link.step === 'attaching' || state.link.step === 'open') && hasAttachment(state);
}

/** A locked account gains nothing by asking early. */
export function isLocked(state: Failed, at: number): boolean {
  return state.reason === 'RATE_LIMITED' && state.retryAt !== null && at < state.retryAt;
}
