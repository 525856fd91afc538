/**
 * What a connection state says to a player: words, figures and what can be done, without a word of how it looks.
 * The page and the element for other pages both draw from it.
 */
import type { Texts } from '../texts';
import { clock, duration, span } from './format';
import { isPolling } from './gatekeeper';
import type { Admitted, ConnectionState, Failed, Lost, News, Queued, Reconnecting, Replacing } from './state';

export type Tone = 'calm' | 'busy' | 'good' | 'warn' | 'bad';
export type Deed = 'connect' | 'confirm' | 'decline' | 'leave' | 'play' | 'reload';

export interface Figure {
  value: string;
  label: string;
}

export interface Action {
  deed: Deed;
  label: string;
  isPrimary: boolean;
  isDisabled: boolean;
}

export interface View {
  kind: ConnectionState['kind'];
  tone: Tone;
  icon: 'gate' | 'queue' | 'seat' | 'link' | 'swap' | 'stop' | 'clock';
  title: string;
  lead: string;
  /** The operator's own words; empty for none. */
  words: string;
  /** What else there is to know, the most important first. */
  notes: string[];
  link: { label: string; url: string } | null;
  /** What a player would read out to those who run the server. */
  reference: { label: string; id: string } | null;
  /** They change while one looks at them. */
  figures: Figure[];
  bar: { label: string; value: number; max: number } | null;
  actions: Action[];
  /** For the tab's title; null where nothing goes on. */
  headline: string | null;
  /** For a live region: changes only when something happens that is worth interrupting somebody for. */
  spoken: string;
}

/** What is to be said beside the state. */
export interface Scene {
  now: number;
  texts: Texts;
  where: string;
  who: string;
  /** The surface itself offers to connect, because nothing around it does. */
  offersConnect: boolean;
  /** There is a game to open with the ticket. */
  offersPlay: boolean;
}

/** How long a position may stand still before that wants an explanation. */
const stillMs = 60_000;
/** The server's own limit for an attempt. */
const attemptMs = 10_000;

const blank = { words: '', notes: [], link: null, reference: null, figures: [], bar: null, actions: [] };

export function viewOf(state: ConnectionState, scene: Scene): View {
  switch (state.kind) {
    case 'idle':
      return idle(state.because, scene);
    case 'connecting':
      return connecting(state.since, state.lost, scene);
    case 'queued':
      return queued(state, scene);
    case 'admitted':
      return admitted(state, scene);
    case 'reconnecting':
      return reconnecting(state, scene);
    case 'replacing':
      return replacing(state, scene);
    case 'failed':
      return failed(state, scene);
    case 'timeout':
      return timeout(scene);
  }
}

function idle(because: keyof Texts['connection']['idle'], { texts: { connection: t }, offersConnect }: Scene): View {
  const { title, lead } = t.idle[because];
  // Nothing has happened yet that would be worth interrupting somebody for.
  const spoken = because === 'new' ? '' : title;
  const actions = offersConnect ? [action('connect', t.connect, true)] : [];
  return { ...blank, kind: 'idle', tone: 'calm', icon: 'gate', title, lead, actions, headline: null, spoken };
}

function connecting(since: number, lost: Lost, { now, where, texts: { connection: t } }: Scene): View {
  const { title, lead, bar } = t.connecting;
  return {
    ...blank,
    kind: 'connecting',
    tone: 'busy',
    icon: 'gate',
    title,
    lead: lead(where),
    notes: lost === null ? [] : [t.lost[lost]],
    bar: { label: bar, value: Math.min(attemptMs, now - since), max: attemptMs },
    actions: [action('leave', t.cancel)],
    headline: title,
    spoken: title,
  };
}

function queued(state: Queued, { now, where, texts }: Scene): View {
  const t = texts.connection;
  const { position, depth, firstPosition, link, lost } = state;
  const isReached = link.step === 'open' || link.tries === 0 || isPolling(state);
  const status = t.queued.status(position, depth);
  const { words, notes } = tell(state, texts);
  // Nobody is let in, and that is the news, not how many seats are taken.
  const halt = state.isGameServerSilent || state.notice?.kind === 'maintenance' ? notes.shift() : undefined;
  return {
    ...blank,
    kind: 'queued',
    tone: isReached ? 'busy' : 'warn',
    icon: 'queue',
    title: t.queued.title,
    lead: isReached ? (halt ?? t.queued.lead(where)) : t.queued.linkLost,
    words,
    notes: [
      ...notes,
      ...(lost === null ? [] : [t.lost[lost]]),
      ...(isReached && halt === undefined ? stillness(state, now, texts) : []),
      ...(isPolling(state) ? [t.queued.polling] : []),
      progress(state, now, texts),
    ],
    figures: [
      { value: String(position), label: t.queued.position },
      { value: String(depth), label: t.queued.depth },
      estimate(state, texts),
    ],
    bar: { label: t.queued.progress, value: firstPosition - position, max: firstPosition },
    actions: [action('leave', t.leaveQueue)],
    headline: status,
    spoken: `${t.queued.title}. ${status}.`,
  };
}

/** Why a rank did not move; a notice would say it better. */
function stillness({ movedAt }: Queued, now: number, texts: Texts): string[] {
  const still = now - movedAt;
  if (still < stillMs) return [];
  return [texts.connection.queued.stillFor(`${Math.floor(still / 60_000)} ${texts.units.minutes}`)];
}

function progress({ since, firstPosition, position }: Queued, now: number, texts: Texts): string {
  const t = texts.connection.queued;
  const waited = t.waited(duration((now - since) / 1000, texts));
  return position < firstPosition ? `${waited} ${t.movedUp(firstPosition - position)}` : waited;
}

function estimate({ estimatedWaitSeconds: median, estimatedWaitUpperSeconds: upper }: Queued, texts: Texts): Figure {
  const t = texts.connection.queued;
  if (median === null) return { value: '–', label: t.unknownWait };
  return { value: span(median, upper ?? median, texts), label: t.wait };
}

function admitted(state: Admitted, { now, where, who, texts, offersPlay }: Scene): View {
  const t = texts.connection;
  const { sessionId, since, resumed, replaced, lost } = state;
  const told = tell(state, texts);
  const { title } = t.admitted;
  const lead = t.admitted.lead(where, who);
  const how = lost === null ? (replaced && t.admitted.replaced) || (resumed && t.admitted.resumed) : t.lost[lost];
  return {
    ...blank,
    kind: 'admitted',
    tone: 'good',
    icon: 'seat',
    title,
    lead,
    words: told.words,
    notes: [...told.notes, ...(how ? [how] : []), ...(offersPlay ? [t.admitted.keepOpen] : [])],
    reference: { label: t.admitted.session, id: sessionId },
    figures: [{ value: duration((now - since) / 1000, texts), label: t.admitted.since }],
    actions: [...(offersPlay ? [action('play', t.play, true)] : []), action('leave', t.leave)],
    headline: title,
    spoken: [`${title}.`, lead, ...told.notes, told.words].join(' ').trim(),
  };
}

function reconnecting(state: Reconnecting, { now, texts }: Scene): View {
  const t = texts.connection;
  const { title, causes, left: label, overdue } = t.reconnecting;
  const left = secondsUntil(state.until, now);
  return {
    ...blank,
    kind: 'reconnecting',
    tone: 'warn',
    icon: 'link',
    title,
    lead: left > 0 ? causes[state.cause] : overdue,
    figures: [{ value: duration(left, texts), label }],
    bar: { label, value: left, max: Math.max(1, state.graceSeconds) },
    actions: [action('leave', t.leave)],
    headline: title,
    spoken: `${title}. ${causes[state.cause]}`,
  };
}

function replacing(state: Replacing, { now, texts }: Scene): View {
  const t = texts.connection;
  const isQueued = state.reason === 'ALREADY_QUEUED';
  const { title, lead } = isQueued ? t.replacing.queued : t.replacing.playing;
  return {
    ...blank,
    kind: 'replacing',
    tone: 'warn',
    icon: 'swap',
    title,
    lead,
    figures: [{ value: duration(secondsUntil(state.until, now), texts), label: t.replacing.left }],
    actions: [
      action('confirm', isQueued ? t.replacing.move : t.replacing.confirm, true),
      action('decline', t.replacing.decline),
    ],
    headline: title,
    spoken: `${title}. ${lead}`,
  };
}

function failed(state: Failed, { now, texts }: Scene): View {
  const t = texts.connection;
  const { reason, message, retryAt, requiredBuild, updateUrl } = state;
  const { title, advice } = texts.failures[reason] ?? texts.failures.STOPPED;
  const left = retryAt === null ? 0 : secondsUntil(retryAt, now);
  return {
    ...blank,
    kind: 'failed',
    tone: retryAt === null ? 'bad' : 'warn',
    icon: retryAt === null ? 'stop' : 'clock',
    title,
    lead: advice,
    words: speaksForOperator(reason) ? message : '',
    notes: [
      ...(requiredBuild ? [t.failed.needs(requiredBuild)] : []),
      ...(endedVisit(reason) ? [t.failed.at(clock(state.since, texts))] : []),
    ],
    link: updateUrl && isWebAddress(updateUrl) ? { label: t.failed.update, url: updateUrl } : null,
    figures: left > 0 ? [{ value: duration(left, texts), label: t.failed.retryIn }] : [],
    actions: [...wayOut(state, left > 0, texts), action('leave', t.dismiss)],
    headline: title,
    spoken: `${title}. ${advice}`,
  };
}

/** Trying again where it can only fail again would bring the account closer to its lock. */
function wayOut({ reason, retryable }: Failed, mustWait: boolean, { connection: t }: Texts): Action[] {
  if (reason === 'VERSION_MISMATCH' || reason === 'PROTOCOL_BROKEN' || reason === 'INVALID_REQUEST') {
    return [action('reload', t.reload, true)];
  }
  return retryable ? [{ ...action('connect', t.retry, true), isDisabled: mustWait }] : [];
}

function timeout({ texts: { connection: t } }: Scene): View {
  const { title, lead } = t.timeout;
  const actions = [action('connect', t.retry, true), action('leave', t.dismiss)];
  return {
    ...blank,
    kind: 'timeout',
    tone: 'warn',
    icon: 'clock',
    title,
    lead,
    actions,
    headline: title,
    spoken: `${title}. ${lead}`,
  };
}

function action(deed: Deed, label: string, isPrimary = false): Action {
  return { deed, label, isPrimary, isDisabled: false };
}

/** What we can say in the reader's language, and what the operator said in theirs. */
function tell({ notice, isGameServerSilent }: News, { connection: t }: Texts): { notes: string[]; words: string } {
  const notes = isGameServerSilent ? [t.notices.silent] : [];
  if (notice === null) return { notes, words: '' };
  const { kind, message } = notice;
  if (kind === 'message') return { notes, words: message };
  return { notes: [t.notices[kind], ...notes], words: kind === 'restart' ? '' : message };
}

/** Elsewhere the message says in the server's language what our text says in the reader's. */
function speaksForOperator(reason: Failed['reason']): boolean {
  return reason === 'MAINTENANCE' || reason === 'DRAIN_MODE' || reason === 'REMOVED' || reason === 'STOPPED';
}

/** Somebody comes back to a screen that changed while they were away: when, is worth knowing. */
function endedVisit(reason: Failed['reason']): boolean {
  return reason === 'REPLACED' || reason === 'REMOVED' || reason === 'INSTANCE_CLOSED' || reason === 'STOPPED';
}

/** An address from the server must not become a script. */
function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

/** Counts down to zero and stays there. */
function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.ceil((at - now) / 1000));
}
