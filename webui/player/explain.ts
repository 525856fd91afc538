import { duration } from '../sdk/format';
import type { Texts } from '../texts';
import type { Problem } from './api';

/** What a player is told of a call that failed. */
export function explain({ status, code, retryAfterSeconds }: Problem, t: Texts): string {
  if (status === 429) return t.auth.limited(duration(retryAfterSeconds ?? 60, t));
  if (code === 'BUSY') return t.auth.crowded(duration(retryAfterSeconds ?? 5, t));
  if (status === 0 || status >= 500) return t.auth.noAnswer;
  return t.account.errors[code] ?? t.auth.errors[code] ?? t.auth.other;
}
