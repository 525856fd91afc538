import { expect, test } from 'vitest';
import type { Plan, Run } from './documents';
import { answer, clockAt, judge, planInWords } from './simulated';

const run = (capacity: number, waitP95Seconds: number | null, refused = 0) =>
  ({ capacity, waitP95Seconds, refused }) as Run;
const plan = { targetWaitSeconds: 300 } as Plan;
const simulation = (seatsForTarget: number | null, ...runs: Run[]) =>
  answer({ plan, runs, seatsForTarget, tookSeconds: 1 });

test('the answer names the seats that are enough, and how much worse fewer are', () => {
  expect(simulation(85, run(80, 540), run(85, 280), run(90, 60))).toEqual({
    tone: 'good',
    text: '85 seats keep 95\u00a0% of waits within 5 min. With 80 seats it is 9 min.',
  });
  expect(simulation(1, run(1, 30)).text).toBe('1 seat keeps 95\u00a0% of waits within 5 min.');
});

test('where no number of seats is enough, the answer says what the most come to', () => {
  expect(simulation(null, run(40, 5400), run(50, 3000, 1200))).toEqual({
    tone: 'bad',
    text:
      'No number of seats was found that keeps 95\u00a0% of waits within 5 min and refuses nobody. ' +
      'With 50 seats it is 50 min, and 1,200 players are refused.',
  });
});

test('seats are enough up to the target itself; where nobody got in, or somebody was refused, they are not', () => {
  const runs = [run(1, 299), run(1, 300), run(1, 301), run(1, null), run(1, 0, 1)];
  expect(runs.map((r) => judge(r, 300))).toEqual(['kept', 'kept', 'waits', 'waits', 'refused']);
});

test('the clock goes on after midnight', () => {
  expect(['18:00', '23:45', '00:00'].map((from) => clockAt(from, 5400))).toEqual(['19:30', '01:15', '01:30']);
});

const evening = { startsAt: '18:00', hours: 6, perHour: 40, rushAtHours: 2, rushPlayers: 90, rushMinutes: 15 };
const rest = { ...plan, dropRate: 0, returnRate: 1, patienceSeconds: 0, graceSeconds: 60, claimSeconds: 10, seed: 1 };

test.each([
  ['steady', '40 players an hour over 6 h from 18:00'],
  ['rush', '40 players an hour over 6 h from 18:00, and 90 more within 15 min at 20:00'],
  ['recorded', '6 players as they were recorded, from 18:00'],
] as const)('%s arrivals are told in words', (pattern, text) => {
  const arrivals = { ...evening, pattern, stepSeconds: 60, counts: [1, 2, 3] };
  const sessions = { pattern: 'fixed', meanSeconds: 600, sigma: 0, seconds: [] } as const;
  const told = Object.fromEntries(
    planInWords({ ...rest, queueMax: 5, capacities: [], arrivals, sessions: { ...sessions, seconds: [] } }),
  );
  expect(told).toMatchObject({ Arrivals: text, Sessions: '10 min each', Patience: 'nobody gives up waiting' });
});
