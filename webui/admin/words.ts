/** How things are called and counted, everywhere the same. */

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
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
