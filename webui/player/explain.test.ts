import { describe, expect, it } from 'vitest';
import { en as t } from '../texts';
import { explain } from './explain';

describe('what a player is told of a failed call', () => {
  const told = (status: number, code: string, retryAfterSeconds: number | null) =>
    explain({ status, code, retryAfterSeconds }, t);

  it('says how long to wait where there are too many tries, or too many others', () => {
    expect(told(429, 'RATE_LIMITED', 10)).toContain('Too many tries');
    expect(told(503, 'BUSY', 7)).toBe('More players come at once than can be let in. Try again in 7 s.');
  });
  it('tells a server in trouble from a wrong password', () => {
    expect(told(0, '', null)).toBe(t.auth.noAnswer);
    expect(told(503, 'STORAGE_UNAVAILABLE', 2)).toBe(t.auth.noAnswer);
    expect(told(401, 'BAD_CREDENTIALS', null)).toBe(t.auth.errors.BAD_CREDENTIALS);
  });
});
