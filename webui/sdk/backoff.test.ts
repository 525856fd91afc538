import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullJitterMs } from './backoff';

const bounds = { baseMs: 1_000, capMs: 5_000 };

test('the ceiling doubles up to the cap', () => {
  const ceilings = [0, 1, 2, 3, 4, 1_000].map((tries) => fullJitterMs(tries, 0.999_999, bounds));
  expect(ceilings).toEqual([999, 1_999, 3_999, 4_999, 4_999, 4_999]);
});

test('every wait is whole, not negative and below the cap', () => {
  const tries = fc.nat();
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(tries, random, (n, r) => {
      const ms = fullJitterMs(n, r, bounds);
      return Number.isInteger(ms) && ms >= 0 && ms < bounds.capMs;
    }),
  );
});
