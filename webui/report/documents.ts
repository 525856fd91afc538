import type { Wire } from '../admin/api';

/** The load test's document, as `gatekeeper bench --json` writes it. All durations are seconds, all shares 0 to 1. */
export interface LoadReport {
  kind: 'load';
  startedAt: string;
  tookSeconds: number;
  server: string;
  version: string;
  plan: { players: number; arrivalPerSecond: number; sessionSeconds: number; dropRate: number; instanceId: string };
  outcomes: { arrived: number; admitted: number; queued: number; failed: Record<string, number>; timeout: number };
  admission: Spread;
  attach: Spread;
  wait: Spread;
  estimates: Estimates;
  reconnections: Omit<Spread, 'count'> & { attempted: number; succeeded: number; share: number };
  errors: Record<string, number>;
  timeline: Timeline;
  slo: Rule[];
  interrupted: boolean;
}

/** How durations are spread; where count is 0 the others mean nothing. */
export interface Spread {
  count: number;
  p50Seconds: number;
  p95Seconds: number;
  p99Seconds: number;
  maxSeconds: number;
}

export interface Estimates {
  count: number;
  underMedian: number;
  underUpper: number;
  points: { waitedSeconds: number; medianSeconds: number; upperSeconds: number }[];
}

export interface Timeline {
  seconds: number[];
  arrived: number[];
  playing: number[];
  queued: number[];
  dropped: number[];
  admissionP95Seconds: (number | null)[];
  errors: number[];
}

export interface Rule {
  rule: string;
  value: number | null;
  holds: boolean;
}

/** A simulated evening, once for each number of seats; as the contract says. */
export type Simulation = Wire['Simulation'];
export type Run = Wire['PlanRun'];
export type Plan = Wire['Plan'];
