/** What a simulation says in words, and what it draws. */
import { count, duration, percent } from '../admin/words';
import type { Plan, Run, Simulation } from './documents';
import type { Said } from './told';

/** Whether so many seats are enough, and if not, why: who got in waited too long, or the queue was full. */
export function judge({ waitP95Seconds, refused }: Run, target: number): 'kept' | 'waits' | 'refused' {
  if (waitP95Seconds === null || waitP95Seconds > target) return 'waits';
  return refused > 0 ? 'refused' : 'kept';
}

const seats = (n: number) => (n === 1 ? '1 seat' : `${count(n)} seats`);

/** The answer in one sentence, and what the next fewer or the most seats come to; runs with fewer seats come first. */
export function answer({ seatsForTarget, runs, plan }: Simulation): Said {
  const target = `95\u00a0% of waits within ${duration(plan.targetWaitSeconds)}`;
  if (seatsForTarget === null) {
    return {
      tone: 'bad',
      text: `No number of seats was found that keeps ${target} and refuses nobody.${comesTo(runs.at(-1))}`,
    };
  }
  const keep = seatsForTarget === 1 ? 'keeps' : 'keep';
  const fewer = runs.findLast(({ capacity }) => capacity < seatsForTarget);
  return { tone: 'good', text: `${seats(seatsForTarget)} ${keep} ${target}.${comesTo(fewer)}` };
}

function comesTo(run: Run | undefined): string {
  if (!run) return '';
  const turnedAway =
    run.refused > 0 ? `, and ${run.refused === 1 ? '1 player is' : `${count(run.refused)} players are`} refused` : '';
  return ` With ${seats(run.capacity)} it is ${duration(run.waitP95Seconds)}${turnedAway}.`;
}

/** What the clock shows so many seconds into the evening. */
export function clockAt(startsAt: string, seconds: number): string {
  const [hours = 0, minutes = 0] = startsAt.split(':').map(Number);
  const at = Math.floor(hours * 60 + minutes + seconds / 60) % (24 * 60);
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
}

/** The plan as it would be told to somebody: what, and how much. */
export function planInWords(plan: Plan): [string, string][] {
  return [
    ['Arrivals', arrivals(plan.arrivals)],
    ['Sessions', sessions(plan.sessions)],
    [
      'Lost lines',
      `${percent(plan.dropRate)} of the players lose their line, and ${percent(plan.returnRate)} of those come back; ` +
        `a seat is held for ${duration(plan.graceSeconds)}`,
    ],
    ['Queue', `at most ${count(plan.queueMax)}; an offered seat waits ${duration(plan.claimSeconds)} for its player`],
    ['Patience', patience(plan.patienceSeconds)],
    ['Target', `95\u00a0% of waits within ${duration(plan.targetWaitSeconds)}`],
    ['Seed', String(plan.seed)],
  ];
}

function arrivals(a: Plan['arrivals']): string {
  const when = `over ${count(a.hours)} h from ${a.startsAt}`;
  switch (a.pattern) {
    case 'recorded':
      return `${count(a.counts.reduce((sum, n) => sum + n, 0))} players as they were recorded, from ${a.startsAt}`;
    case 'steady':
      return `${count(a.perHour)} players an hour ${when}`;
    case 'rush':
      return (
        `${count(a.perHour)} players an hour ${when}, and ${count(a.rushPlayers)} more within ` +
        `${duration(a.rushMinutes * 60)} at ${clockAt(a.startsAt, a.rushAtHours * 3600)}`
      );
  }
}

function sessions(s: Plan['sessions']): string {
  const mean = duration(s.meanSeconds);
  switch (s.pattern) {
    case 'measured':
      return `as long as ${count(s.seconds.length)} that were measured`;
    case 'fixed':
      return `${mean} each`;
    case 'exponential':
      return `${mean} on average, ended by chance`;
    case 'lognormal':
      return `${mean} on average, log-normal with a sigma of ${s.sigma}`;
  }
}

function patience(seconds: number): string {
  return seconds > 0 ? `who waits gives up after ${duration(seconds)} on average` : 'nobody gives up waiting';
}
