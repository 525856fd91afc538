/** How things are called and counted, everywhere the same. */

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** For what is quick; nothing is told more exactly than it matters. */
export function latency(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds >= 10) return duration(seconds);
  if (seconds >= 1) return `${plain(seconds)} s`;
  return `${seconds < 0.01 ? plain(1000 * seconds) : Math.round(1000 * seconds)} ms`;
}

export const plain = (value: number) => String(Math.round(value * 10) / 10);

const counts = new Intl.NumberFormat('en');
export const count = (value: number) => counts.format(value);

/** How far into a stretch of time, at the length that its steps need. */
export function elapsed(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** At which marks people expect an axis of seconds. */
export const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
export const clockSteps = timeSteps.filter((step) => step >= 60);

/** A share of 0 to 1. Almost all is not all, and almost none is not none. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  const rounded = Math.round(1000 * share) / 10;
  if (rounded === 100 && share < 1) return 'over 99.9 %';
  if (rounded === 0 && share > 0) return 'under 0.1 %';
  return `${rounded} %`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export const time = (text: string) => clock.format(new Date(text));
export const date = (text: string | null | undefined) => (text ? calendar.format(new Date(text)) : 'never');
export const since = (text: string | null | undefined) =>
  text ? duration((Date.now() - new Date(text).getTime()) / 1000) : '–';

export const players = (count: number) => (count === 1 ? '1 player' : `${count} players`);

export function bytes(count: number): string {
  return count < 1 << 20 ? `${Math.ceil(count / 1024)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`;
}

/** What an operator reads where a player is refused. */
export const reasons: Partial<Record<string, string>> = {
  NOT_AUTHENTICATED: 'not logged in, or the log-in had ended',
  RATE_LIMITED: 'locked after five failed attempts within a minute',
  INVALID_REQUEST: 'the client sent something malformed',
  INVALID_INSTANCE: 'no such instance, or it is closed',
  NO_ACTIVE_CHARACTER: 'no character chosen',
  CHARACTER_NOT_OWNED: 'the character belongs to somebody else, or does not exist',
  CHARACTER_SUSPENDED: 'the character is suspended',
  VERSION_MISMATCH: 'the client has another build than the required one',
  MAINTENANCE: 'the instance was in maintenance',
  ALREADY_IN_SESSION: 'the character was in a session already, and the player did not take it over',
  ALREADY_QUEUED: 'the character waited on another instance, and the player did not move it',
  INVALID_REPLACE_TOKEN: 'the question whether to take over had expired',
  INSTANCE_UNAVAILABLE: 'the game server was silent',
  DRAIN_MODE: 'the instance was draining',
  QUEUE_FULL: 'the queue was full',
  CHARACTER_CHANGED: 'the active character changed during the attempt',
  STORAGE_UNAVAILABLE: 'nothing could be saved',
  SHUTTING_DOWN: 'the server was stopping',
  INTERNAL_ERROR: 'an error of the server',
  TIMEOUT: 'no answer could be given in time',
};

export const states = {
  open: { label: 'open', tone: 'good' },
  draining: { label: 'draining', tone: 'warn' },
  maintenance: { label: 'maintenance', tone: 'warn' },
  closed: { label: 'closed', tone: 'bad' },
} as const;
