import { expect, test } from 'vitest';
import { calibration, measured, peak, ruleInWords, scatter, verdict } from './told';

const rule = (rule: string, value: number | null = 0, holds = true) => ({ rule, value, holds });

test('the verdict counts the rules that are broken', () => {
  const [kept, broken] = [rule('errors<=0'), rule('errors<=0', 1, false)];
  const said = [[], [kept], [broken], [kept, kept], [kept, broken], [broken, broken, kept]].map(verdict);
  expect(said).toEqual([
    { tone: 'warn', text: 'No rules were given, so nothing is judged.' },
    { tone: 'good', text: 'The rule holds.' },
    { tone: 'bad', text: 'The rule is broken.' },
    { tone: 'good', text: 'All 2 rules hold.' },
    { tone: 'bad', text: '1 of 2 rules is broken.' },
    { tone: 'bad', text: '2 of 3 rules are broken.' },
  ]);
});

test('a figure is told in the unit of its bound', () => {
  const figures = [
    rule('admission.p95<500ms', 0.1234),
    rule('wait.p95<=5m', 312),
    rule('refused<=1%', 0.005),
    rule('reconnections>=98%', 0.99999),
    rule('errors<=0', 1200),
    rule('wait.p95<5m', null),
  ].map(measured);
  expect(figures).toEqual(['123 ms', '5 min', '0.5\u00a0%', 'over 99.9\u00a0%', '1,200', 'nothing measured']);
});

test.each([
  ['admission.p95<500ms', 'What 95\u00a0% took at most, from an attempt to its answer'],
  ['reconnections.max < 5s', 'The longest, from the lost line to being back'],
  ['reconnections>=98%', 'Those who came back, of all who lost their line'],
  ['estimates.upper>=80%', 'Waits no longer than the second estimate; nine in ten is right'],
  ['tomorrow.p95<5s', ''],
])('%s is told in words', (text, words) => {
  expect(ruleInWords(rule(text))).toBe(words);
});

test.each([
  [0, null, null, 'warn', 'nothing to compare'],
  [19, 0.5, 0.9, 'warn', 'too few to judge'],
  [20, 0.5, 0.9, 'good', 'Both were right'],
  [1500, 0.1, 0.9, 'warn', 'The first was too low, the second right'],
  [1500, 0.1, 0.5, 'bad', 'Both were too low'],
  [1500, 0.8, 0.995, 'warn', 'Both were too high'],
  [1500, 0.5, 0.84, 'bad', 'The first was right, the second too low'],
] as const)('%i waits with %s and %s under their estimates are %s', (count, underMedian, underUpper, tone, text) => {
  const said = calibration({ count, underMedian, underUpper });
  expect(said.tone).toBe(tone);
  expect(said.text).toContain(text);
});

test('waits are drawn from the shortest on, each with its own estimates', () => {
  const points = [
    { waitedSeconds: 30, medianSeconds: 20, upperSeconds: 60 },
    { waitedSeconds: 4, medianSeconds: 5, upperSeconds: 9 },
  ];
  expect(scatter(points)).toEqual({ waited: [4, 30], median: [5, 20], upper: [9, 60] });
});

test('a peak looks past what is not known', () => {
  expect([peak([]), peak([null, 2, null, 7, 3])]).toEqual([0, 7]);
});
