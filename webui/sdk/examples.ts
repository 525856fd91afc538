/** One of everything, for the tests. */
import type {
  Attachment,
  ConnectionEvent,
  ConnectionState,
  ConnectOutcome,
  Failed,
  Link,
  Request,
  ServerFrame,
} from './state';

export const start = 1_000_000;
export const ana: Request = { characterId: 'ana' };
const uuid = '00000000-0000-4000-8000-000000000001';
export const wsUrl = 'ws://gate.test/instances/main/ws';

export const outcomes = {
  admitted: {
    outcome: 'admitted',
    attemptId: uuid,
    sessionId: 's1',
    sessionToken: 'first',
    claimWithinSeconds: 10,
    wsUrl,
    resumed: false,
    replaced: false,
  },
  queued: {
    outcome: 'queued',
    attemptId: uuid,
    position: 2,
    depth: 3,
    estimatedWaitSeconds: null,
    estimatedWaitUpperSeconds: null,
    queueToken: 'place',
    wsUrl,
    pollAfterSeconds: 5,
  },
  offer: {
    outcome: 'failed',
    attemptId: uuid,
    reason: 'ALREADY_IN_SESSION',
    message: '',
    retryable: true,
    existing: { instanceId: 'main', state: 'active', since: '2026-01-01T00:00:00.000Z' },
    replaceToken: 'replace',
    replaceWithinSeconds: 30,
  },
  refused: { outcome: 'failed', attemptId: uuid, reason: 'CHARACTER_SUSPENDED', message: '', retryable: false },
  unavailable: {
    outcome: 'failed',
    attemptId: uuid,
    reason: 'STORAGE_UNAVAILABLE',
    message: '',
    retryable: true,
    retryAfterSeconds: 2,
  },
  limited: {
    outcome: 'failed',
    attemptId: uuid,
    reason: 'RATE_LIMITED',
    message: '',
    retryable: true,
    retryAfterSeconds: 60,
  },
  timeout: { outcome: 'timeout', attemptId: uuid, reason: 'TIMEOUT', message: '', retryable: true },
} satisfies Record<string, ConnectOutcome>;

export const frames = {
  queued: {
    type: 'queued',
    position: 1,
    depth: 3,
    estimatedWaitSeconds: null,
    estimatedWaitUpperSeconds: null,
    queueToken: 'nextPlace',
  },
  admitted: {
    type: 'admitted',
    sessionId: 's1',
    reconnectionToken: 'back',
    graceSeconds: 60,
    ticket: 'ticket',
    resumed: false,
    replaced: false,
  },
  notice: { type: 'notice', kind: 'message', message: 'hello', inSeconds: 0 },
  heartbeat: { type: 'heartbeat', serverTime: '2026-01-01T00:00:00.000Z' },
  error: { type: 'error', code: 'BAD_FRAME', message: '' },
  relay: { type: 'relay' },
} satisfies Record<string, ServerFrame>;

const link = (step: Link['step']): Link => ({
  step,
  tries: 0,
  afresh: 0,
  unanswered: false,
  giveUpAt: start + 600_000,
});
const attached = (tokenName: Attachment['tokenName']): Attachment => ({ wsUrl, tokenName, token: 'token' });
const connecting = { kind: 'connecting', request: ana, since: start, replaceToken: null } as const;
const queued = {
  kind: 'queued',
  request: ana,
  since: start,
  position: 2,
  depth: 3,
  estimatedWaitSeconds: null,
  estimatedWaitUpperSeconds: null,
  notice: null,
  attachment: attached('queueToken'),
} as const;
const reconnecting = {
  kind: 'reconnecting',
  request: ana,
  since: start,
  sessionId: 's1',
  graceSeconds: 60,
  cause: 'network',
  until: start + 60_000,
  attachment: attached('reconnectionToken'),
} as const;
const failed: Failed = {
  kind: 'failed',
  request: ana,
  reason: 'RATE_LIMITED',
  message: '',
  retryable: true,
  retryAt: start + 60_000,
  requiredBuild: null,
  updateUrl: null,
  existing: null,
};

export const states = {
  idle: { kind: 'idle', because: 'new' },
  'connecting, asking': { ...connecting, sessionId: null, attachment: null, link: link('asking') },
  'connecting, attaching': {
    ...connecting,
    sessionId: 's1',
    attachment: attached('sessionToken'),
    link: link('attaching'),
  },
  'connecting, waiting': { ...connecting, sessionId: null, attachment: null, link: link('waitingToAsk') },
  'queued, attaching': { ...queued, link: link('attaching') },
  'queued, open': { ...queued, link: link('open') },
  'queued, waiting': { ...queued, link: link('waitingToAttach') },
  'queued, asking': { ...queued, link: link('asking') },
  admitted: {
    kind: 'admitted',
    request: ana,
    since: start,
    sessionId: 's1',
    graceSeconds: 60,
    ticket: 'ticket',
    resumed: false,
    replaced: false,
    notice: null,
    attachment: attached('reconnectionToken'),
  },
  'reconnecting, attaching': { ...reconnecting, link: link('attaching') },
  'reconnecting, waiting': { ...reconnecting, link: link('waitingToAttach') },
  'reconnecting, asking': { ...reconnecting, link: link('asking') },
  replacing: {
    kind: 'replacing',
    request: ana,
    reason: 'ALREADY_IN_SESSION',
    existing: null,
    replaceToken: 'replace',
    until: start + 30_000,
  },
  'failed, locked': failed,
  'failed, may retry': { ...failed, reason: 'UNREACHABLE', retryAt: null },
  timeout: { kind: 'timeout', request: ana },
} satisfies Record<string, ConnectionState>;

const at = start + 1_000;
export const events = {
  connect: { type: 'connect', request: ana, at },
  'resume seat': {
    type: 'resume',
    at,
    saved: {
      place: 'seat',
      request: ana,
      attachment: attached('reconnectionToken'),
      since: start,
      sessionId: 's1',
      graceSeconds: 60,
    },
  },
  'resume queue': {
    type: 'resume',
    at,
    saved: { place: 'queue', request: ana, attachment: attached('queueToken'), since: start, position: 2, depth: 3 },
  },
  confirm: { type: 'confirm', at },
  decline: { type: 'decline', at },
  leave: { type: 'leave', at },
  'outcome admitted': { type: 'outcome', outcome: outcomes.admitted, at },
  'outcome queued': { type: 'outcome', outcome: outcomes.queued, at },
  'outcome offer': { type: 'outcome', outcome: outcomes.offer, at },
  'outcome refused': { type: 'outcome', outcome: outcomes.refused, at },
  'outcome unavailable': { type: 'outcome', outcome: outcomes.unavailable, at },
  'outcome timeout': { type: 'outcome', outcome: outcomes.timeout, at },
  unreachable: { type: 'unreachable', at },
  'frame queued': { type: 'frame', frame: frames.queued, at },
  'frame admitted': { type: 'frame', frame: frames.admitted, at },
  'frame notice': { type: 'frame', frame: frames.notice, at },
  'frame heartbeat': { type: 'frame', frame: frames.heartbeat, at },
  'frame error': { type: 'frame', frame: frames.error, at },
  'frame relay': { type: 'frame', frame: frames.relay, at },
  'closed 1000': { type: 'closed', code: 1000, reason: '', at },
  'closed 1006': { type: 'closed', code: 1006, reason: '', at },
  'closed 4000': { type: 'closed', code: 4000, reason: '', at },
  'closed 4010': { type: 'closed', code: 4010, reason: '', at },
  'closed 4011': { type: 'closed', code: 4011, reason: '', at },
  'closed 4012': { type: 'closed', code: 4012, reason: '', at },
  'closed 4321': { type: 'closed', code: 4321, reason: '', at },
  'closed 4500': { type: 'closed', code: 4500, reason: '', at },
  'closed 4501': { type: 'closed', code: 4501, reason: 'be nice', at },
  'closed 4502': { type: 'closed', code: 4502, reason: '', at },
  'closed 4999': { type: 'closed', code: 4999, reason: 'who knows', at },
  timer: { type: 'timer', at },
} satisfies Record<string, ConnectionEvent>;
