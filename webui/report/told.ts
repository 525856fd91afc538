/** What a report says in words, and what it draws, from what was measured. */
import { count, latency, percent } from '../admin/words';
import type { Estimates, Rule } from './documents';

export interface Said {
  tone: 'good' | 'warn' | 'bad';
  text: string;
}

/** All the rules in one sentence. */
export function verdict(rules: Rule[]): Said {
  const broken = rules.filter(({ holds }) => !holds).length;
  if (rules.length === 0) return { tone: 'warn', text: 'No rules were given, so nothing is judged.' };
  if (rules.length === 1) {
    return broken ? { tone: 'bad', text: 'The rule is broken.' } : { tone: 'good', text: 'The rule holds.' };
  }
  if (broken === 0) return { tone: 'good', text: `All ${rules.length} rules hold.` };
  return { tone: 'bad', text: `${broken} of ${rules.length} rules ${broken === 1 ? 'is' : 'are'} broken.` };
}

const metrics: Partial<Record<string, string>> = {
  admission: 'from an attempt to its answer',
  attach: 'from dialling to the admitted frame',
  wait: 'from the queue to the admitted frame',
  'reconnections.': 'from the lost line to being back',
  reconnections: 'Those who came back, of all who lost their line',
  'estimates.median': 'Waits no longer than the first estimate; half is right',
  'estimates.upper': 'Waits no longer than the second estimate; nine in ten is right',
  refused: 'Those who were refused, of all who came',
  timeouts: 'Attempts without an answer in time',
  errors: 'What happened and should not',
};

const points: Partial<Record<string, string>> = {
  p50: 'What half took at most, ',
  p95: 'What 95\u00a0% took at most, ',
  p99: 'What 99\u00a0% took at most, ',
  max: 'The longest, ',
};

/** What a rule such as admission.p95<500ms bounds; empty where this page does not know. */
export function ruleInWords({ rule }: Rule): string {
  const name = /^[^<>\s]*/.exec(rule)?.[0] ?? '';
  const [first = '', point = ''] = name.split('.');
  const text = metrics[name] ?? metrics[`${first}.`] ?? metrics[first];
  return text === undefined ? '' : `${points[point] ?? ''}${text}`;
}

/** A rule's figure in the unit in which its bound is written. */
export function measured({ rule, value }: Rule): string {
  if (value === null) return 'nothing measured';
  if (rule.endsWith('%')) return percent(value);
  return /[a-zµ]$/.test(rule) ? latency(value) : count(value);
}

/** Fewer are chance. */
const enough = 20;

/** How far the estimates of the wait could be trusted. */
export function calibration(of: { count: number; underMedian: number | null; underUpper: number | null }): Said {
  const { underMedian, underUpper } = of;
  if (of.count === 0 || underMedian === null || underUpper === null) {
    return { tone: 'warn', text: 'Nobody who waited was told an estimate, so there is nothing to compare.' };
  }
  const shares =
    `Of ${count(of.count)} waits, ${percent(underMedian)} were no longer than the first estimate ` +
    `(half should be) and ${percent(underUpper)} no longer than the second (nine in ten should be).`;
  if (of.count < enough) return { tone: 'warn', text: `${shares} They are too few to judge.` };
  const [first, second] = [judged(underMedian, 0.35, 0.65), judged(underUpper, 0.85, 0.99)];
  const both = first === second ? `Both were ${first}.` : `The first was ${first}, the second ${second}.`;
  const tone = second === 'too low' ? 'bad' : first === 'right' && second === 'right' ? 'good' : 'warn';
  return { tone, text: `${shares} ${both}` };
}

function judged(share: number, least: number, most: number): 'too low' | 'right' | 'too high' {
  if (share < least) return 'too low';
  return share > most ? 'too high' : 'right';
}

/** True waits from the shortest to the longest, beside what had been estimated. */
export function scatter(points: Estimates['points']): { waited: number[]; median: number[]; upper: number[] } {
  const sorted = points.toSorted((a, b) => a.waitedSeconds - b.waitedSeconds);
  return {
    waited: sorted.map(({ waitedSeconds }) => waitedSeconds),
    median: sorted.map(({ medianSeconds }) => medianSeconds),
    upper: sorted.map(({ upperSeconds }) => upperSeconds),
  };
}

/** The largest of what is known. */
export function peak(values: (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}
