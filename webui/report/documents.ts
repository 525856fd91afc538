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

/** A simulated evening, per number of seats. */
export interface Simulation {
  kind: 'simulation';
  plan: Plan;
  runs: Run[];
  seatsForTarget: number | null;
  tookSeconds: number;
}

export interface Run {
  capacity: number;
  arrived: number;
  admitted: number;
  refused: number;
  gaveUp: number;
  queued: number;
  waitP50Seconds: number | null;
  waitP95Seconds: number | null;
  queuedWaitP50Seconds: number | null;
  queuedWaitP95Seconds: number | null;
  peakQueue: number;
  seatUse: number;
  dropped: number;
  reconnected: number;
  estimates: number;
  underMedian: number | null;
  underUpper: number | null;
  series: { stepSeconds: number; playing: number[]; waiting: number[] };
}

export interface Plan {
  capacities: number[];
  queueMax: number;
  graceSeconds: number;
  claimSeconds: number;
  arrivals: {
    pattern: 'steady' | 'rush' | 'recorded';
    startsAt: string;
    hours: number;
    perHour: number;
    rushAtHours: number;
    rushPlayers: number;
    rushMinutes: number;
    stepSeconds: number;
    counts: number[];
  };
  sessions: {
    pattern: 'exponential' | 'lognormal' | 'fixed' | 'measured';
    meanSeconds: number;
    sigma: number;
    seconds: number[];
  };
  dropRate: number;
  returnRate: number;
  patienceSeconds: number;
  targetWaitSeconds: number;
  seed: number;
}
