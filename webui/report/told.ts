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
  'reconnections.': 'from losing the line to being back',
  reconnections: 'of those who lost their line came back',
  'estimates.median': 'of the waits were at most the first estimate; half should be',
  'estimates.upper': 'of the waits were at most the second estimate; nine in ten should be',
  refused: 'of those who came were refused',
  timeouts: 'attempts got no answer in time',
  errors: 'things happened that should not',
};

const points: Partial<Record<string, string>> = {
  p50: 'half of them, ',
  p95: '95\u00a0% of them, ',
  p99: '99\u00a0% of them, ',
  max: 'the longest, ',
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
  if (underMedian < 0.35 || underUpper < 0.85) {
    return { tone: 'bad', text: `${shares} Players were told too little: they waited longer.` };
  }
  if (underMedian > 0.7 || underUpper > 0.99) {
    return { tone: 'warn', text: `${shares} Players were told more than they had to wait.` };
  }
  return { tone: 'good', text: `${shares} The estimates can be relied on.` };
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
