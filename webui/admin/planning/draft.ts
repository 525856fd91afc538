import type { Plan } from '../../report/documents';
import { clockAt } from '../../report/simulated';
import type { Wire } from '../api';

/** A plan as it is being written: texts, in the units in which people think. */
export interface Draft {
  capacities: string;
  queueMax: string;
  graceSeconds: string;
  claimSeconds: string;
  arrivals: Plan['arrivals']['pattern'];
  startsAt: string;
  hours: string;
  perHour: string;
  /** The time of day. */
  rushAt: string;
  rushPlayers: string;
  rushMinutes: string;
  sessions: Plan['sessions']['pattern'];
  meanMinutes: string;
  sigma: string;
  dropPercent: string;
  returnPercent: string;
  patienceMinutes: string;
  targetMinutes: string;
  seed: string;
}

export function draftOf(plan: Plan): Draft {
  const { arrivals, sessions } = plan;
  return {
    capacities: plan.capacities.join(', '),
    queueMax: String(plan.queueMax),
    graceSeconds: short(plan.graceSeconds),
    claimSeconds: short(plan.claimSeconds),
    arrivals: arrivals.pattern,
    startsAt: arrivals.startsAt,
    hours: short(arrivals.hours),
    perHour: short(arrivals.perHour),
    rushAt: clockAt(arrivals.startsAt, arrivals.rushAtHours * 3600),
    rushPlayers: String(arrivals.rushPlayers),
    rushMinutes: short(arrivals.rushMinutes),
    sessions: sessions.pattern,
    meanMinutes: short(sessions.meanSeconds / 60),
    sigma: short(sessions.sigma),
    dropPercent: short(plan.dropRate * 100),
    returnPercent: short(plan.returnRate * 100),
    patienceMinutes: short(plan.patienceSeconds / 60),
    targetMinutes: short(plan.targetWaitSeconds / 60),
    seed: String(plan.seed),
  };
}

/** Where nothing is recorded: an evening that just fills the instance. */
export function madeUp({ capacity, queueMax, graceSeconds, claimSeconds }: Wire['AdminInstance']): Plan {
  const around = [0.6, 0.8, 1, 1.2, 1.5].map((part) => Math.max(1, Math.round(capacity * part)));
  return {
    capacities: [...new Set(around)],
    queueMax,
    graceSeconds,
    claimSeconds,
    arrivals: {
      pattern: 'steady',
      startsAt: '18:00',
      hours: 6,
      perHour: Math.max(1, capacity),
      rushAtHours: 2,
      rushPlayers: Math.max(1, Math.round(capacity / 2)),
      rushMinutes: 20,
      stepSeconds: 0,
      counts: [],
    },
    sessions: { pattern: 'exponential', meanSeconds: 3600, sigma: 1, seconds: [] },
    dropRate: 0.05,
    returnRate: 0.9,
    patienceSeconds: 0,
    targetWaitSeconds: 300,
    seed: 1,
  };
}

/** What the draft says; what a draft cannot hold, such as recorded arrivals, is as it was in the plan that it came from. */
export function planOf(draft: Draft, from: Plan): Plan {
  return {
    capacities: capacitiesOf(draft.capacities),
    queueMax: Number(draft.queueMax),
    graceSeconds: Number(draft.graceSeconds),
    claimSeconds: Number(draft.claimSeconds),
    arrivals: {
      ...from.arrivals,
      pattern: draft.arrivals,
      startsAt: draft.startsAt,
      hours: Number(draft.hours),
      perHour: Number(draft.perHour),
      rushAtHours: hoursBetween(draft.startsAt, draft.rushAt),
      rushPlayers: Number(draft.rushPlayers),
      rushMinutes: Number(draft.rushMinutes),
    },
    sessions: {
      ...from.sessions,
      pattern: draft.sessions,
      meanSeconds: Number(draft.meanMinutes) * 60,
      sigma: Number(draft.sigma),
    },
    dropRate: Number(draft.dropPercent) / 100,
    returnRate: Number(draft.returnPercent) / 100,
    patienceSeconds: Number(draft.patienceMinutes) * 60,
    targetWaitSeconds: Number(draft.targetMinutes) * 60,
    seed: Number(draft.seed),
  };
}

/** Numbers of seats as somebody writes them, each once and in order. What is no number is left for the server to refuse. */
export function capacitiesOf(text: string): number[] {
  const numbers = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** From one time of day to the next time that the clock shows the other. */
function hoursBetween(from: string, to: string): number {
  const minutes = (text: string) => {
    const [hours = 0, rest = 0] = text.split(':').map(Number);
    return hours * 60 + rest;
  };
  return ((minutes(to) - minutes(from) + 24 * 60) % (24 * 60)) / 60;
}

/** Without the noise that counting with fractions leaves. */
const short = (value: number) => String(Math.round(value * 1000) / 1000);
