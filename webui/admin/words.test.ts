import { expect, test } from 'vitest';
import { duration, elapsed, latency, percent } from './words';

test('what is quick is told as exactly as it matters', () => {
  expect([null, 0, 0.00123, 0.0456, 0.5, 1.234, 14.2, 600].map(latency)).toEqual([
    '–',
    '0 ms',
    '1.2 ms',
    '46 ms',
    '500 ms',
    '1.2 s',
    '14 s',
    '10 min',
  ]);
});

test('almost all is never told as all, nor almost none as none', () => {
  expect([null, 0, 0.0001, 0.123, 0.5, 0.9999, 1].map(percent)).toEqual([
    '–',
    '0\u00a0%',
    'under 0.1\u00a0%',
    '12.3\u00a0%',
    '50\u00a0%',
    'over 99.9\u00a0%',
    '100\u00a0%',
  ]);
});

test('time is told by its length, and how far into it by its steps', () => {
  expect([0, 59, 600, 5400].map(duration)).toEqual(['0 s', '59 s', '10 min', '1.5 h']);
  expect([0, 5, 65, 3661].map(elapsed)).toEqual(['0:00', '0:05', '1:05', '1:01:01']);
});
