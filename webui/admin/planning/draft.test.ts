import { expect, test } from 'vitest';
import type { Plan } from '../../report/documents';
import type { Wire } from '../api';
import { capacitiesOf, draftOf, madeUp, planOf } from './draft';

const plan: Plan = {
  capacities: [40, 50, 60],
  queueMax: 200,
  graceSeconds: 60,
  claimSeconds: 10,
  arrivals: {
    pattern: 'rush',
    startsAt: '22:00',
    hours: 5,
    perHour: 30.5,
    rushAtHours: 3,
    rushPlayers: 80,
    rushMinutes: 20,
    stepSeconds: 60,
    counts: [1, 2, 3],
  },
  sessions: { pattern: 'measured', meanSeconds: 2700, sigma: 0.8, seconds: [10, 20] },
  dropRate: 0.07,
  returnRate: 0.9,
  patienceSeconds: 900,
  targetWaitSeconds: 300,
  seed: 7,
};

test('a plan that nobody changed comes back as it was', () => {
  expect(planOf(draftOf(plan), plan)).toEqual(plan);
});

test('a draft is in the units in which people think', () => {
  expect(draftOf(plan)).toMatchObject({
    capacities: '40, 50, 60',
    rushAt: '01:00',
    meanMinutes: '45',
    dropPercent: '7',
    patienceMinutes: '15',
    targetMinutes: '5',
  });
});

test('what is changed is in the plan', () => {
  const draft = { ...draftOf(plan), capacities: '80', rushAt: '23:30', dropPercent: '12.5', targetMinutes: '2' };
  const changed = planOf(draft, plan);
  expect(changed).toMatchObject({ capacities: [80], dropRate: 0.125, targetWaitSeconds: 120 });
  expect(changed.arrivals).toMatchObject({ rushAtHours: 1.5, counts: [1, 2, 3] });
});

test('numbers of seats are taken as somebody writes them', () => {
  expect(capacitiesOf(' 60, 40;50  40 ')).toEqual([40, 50, 60]);
  expect(capacitiesOf('')).toEqual([]);
  expect(capacitiesOf('40 many')).toEqual([40, Number.NaN]);
});

test('an evening that is made up fits the instance, however small', () => {
  const of = (capacity: number) =>
    madeUp({ capacity, queueMax: 9, graceSeconds: 45, claimSeconds: 8 } as Wire['AdminInstance']);
  expect(of(50)).toMatchObject({ capacities: [30, 40, 50, 60, 75], queueMax: 9, graceSeconds: 45, claimSeconds: 8 });
  expect(of(50).arrivals).toMatchObject({ pattern: 'steady', perHour: 50 });
  expect([of(0), of(1), of(2)].map(({ capacities }) => capacities)).toEqual([[1], [1, 2], [1, 2, 3]]);
});
