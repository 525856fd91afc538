import type { ComponentChildren } from 'preact';
import type { Plan } from '../../report/documents';
import { clockAt } from '../../report/simulated';
import { peak } from '../../report/told';
import { Choice, Input } from '../kit/bits';
import { Plot } from '../kit/plot';
import { clockSteps, count, duration, players } from '../words';
import type { Draft } from './draft';

type Texts = Omit<Draft, 'arrivals' | 'sessions'>;

interface Field {
  field: keyof Texts;
  label: string;
  hint?: string;
  type?: string;
  pattern?: string;
  title?: string;
  min?: number;
  max?: number;
  step?: number | 'any';
}

const seats: Field[] = [
  {
    field: 'capacities',
    label: 'Seats',
    hint: 'Up to 12 numbers, such as 40, 50, 60',
    type: 'text',
    pattern: String.raw`\s*\d+([\s,;]+\d+){0,11}[\s,;]*`,
    title: 'Up to 12 whole numbers with commas between them',
  },
  { field: 'targetMinutes', label: 'Target, in minutes', hint: '95 % of waits are within it', min: 0, step: 'any' },
  { field: 'queueMax', label: 'Queue length', min: 0, max: 1_000_000 },
  { field: 'seed', label: 'Seed', hint: 'The same seed gives the same evening', min: 0, max: 4_294_967_295 },
];

const evening: Field[] = [
  { field: 'startsAt', label: 'From', type: 'time' },
  { field: 'hours', label: 'For so many hours', min: 0.25, max: 48, step: 'any' },
];
const perHour: Field = { field: 'perHour', label: 'Players an hour', min: 0, max: 200_000, step: 'any' };
const rush: Field[] = [
  { field: 'rushPlayers', label: 'Players in the rush', hint: 'Beside those who come evenly', min: 0, max: 200_000 },
  { field: 'rushAt', label: 'Rush from', type: 'time' },
  { field: 'rushMinutes', label: 'Rush, in minutes', hint: 'How long it lasts', min: 0, step: 'any' },
];
const mean: Field = { field: 'meanMinutes', label: 'Session, in minutes', hint: 'On average', min: 0.1, step: 'any' };
const sigma: Field = {
  field: 'sigma',
  label: 'Spread (sigma)',
  hint: '0.5 is little, 1.5 is much',
  min: 0,
  max: 3,
  step: 'any',
};

const habits: Field[] = [
  { field: 'dropPercent', label: 'Lose their line, in %', min: 0, max: 100, step: 'any' },
  { field: 'returnPercent', label: 'Come back, in %', hint: 'Of those who lost it', min: 0, max: 100, step: 'any' },
  {
    field: 'patienceMinutes',
    label: 'Patience, in minutes',
    hint: 'On average; 0 = nobody gives up',
    min: 0,
    step: 'any',
  },
  {
    field: 'graceSeconds',
    label: 'Grace, in seconds',
    hint: 'How long the seat of a dropped player is held',
    min: 1,
    max: 3600,
    step: 'any',
  },
  {
    field: 'claimSeconds',
    label: 'Claim, in seconds',
    hint: 'How long an offered seat waits for its player',
    min: 1,
    max: 300,
    step: 'any',
  },
];

const arrivalTexts = { steady: 'evenly', rush: 'evenly, and in a rush', recorded: 'as recorded' } as const;
const sessionTexts = {
  exponential: 'by chance',
  lognormal: 'mostly short, some long (log-normal)',
  fixed: 'all the same',
  measured: 'as measured',
} as const;

/** What is asked of the simulation. `from` is the plan that the draft came from: it says what was recorded at all. */
export function PlanForm({ draft, from, onChange }: { draft: Draft; from: Plan; onChange: (draft: Draft) => void }) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const fields = (list: Field[]) =>
    list.map(({ field, type = 'number', ...rest }) => (
      <Input
        key={field}
        {...rest}
        type={type}
        value={draft[field]}
        onChange={(text) => set({ [field]: text })}
        required
      />
    ));
  const arrivals = optionsOf(arrivalTexts, (pattern) => pattern !== 'recorded' || from.arrivals.counts.length > 0);
  const sessions = optionsOf(sessionTexts, (pattern) => pattern !== 'measured' || from.sessions.seconds.length > 0);
  const came = from.arrivals.counts.reduce((sum, n) => sum + n, 0);
  return (
    <>
      <Group title="Seats and target">{fields(seats)}</Group>
      <Group title="Arrivals">
        <Choice
          label="Players come"
          value={draft.arrivals}
          options={arrivals}
          onChange={(pattern) => set({ arrivals: pattern })}
        />
        {draft.arrivals === 'recorded' ? (
          <p class="hint as-field">
            {players(came)} from {draft.startsAt} on, as then.
          </p>
        ) : (
          fields([...evening, perHour, ...(draft.arrivals === 'rush' ? rush : [])])
        )}
      </Group>
      {draft.arrivals === 'recorded' && <Recorded arrivals={from.arrivals} />}
      <Group title="Sessions">
        <Choice
          label="They last"
          value={draft.sessions}
          options={sessions}
          onChange={(pattern) => set({ sessions: pattern })}
        />
        {draft.sessions === 'measured' ? (
          <p class="hint as-field">Drawn from {count(from.sessions.seconds.length)} that have ended.</p>
        ) : (
          fields([mean, ...(draft.sessions === 'lognormal' ? [sigma] : [])])
        )}
      </Group>
      <Group title="Lost lines, patience, windows">{fields(habits)}</Group>
    </>
  );
}

function Recorded({ arrivals: { counts, stepSeconds, startsAt } }: { arrivals: Plan['arrivals'] }) {
  return (
    <Plot
      title="Arrivals as recorded"
      name="Time"
      xs={counts.map((_, i) => i * stepSeconds)}
      formatX={(seconds) => clockAt(startsAt, seconds)}
      stepsX={clockSteps}
      height={120}
      series={[
        {
          label: `in ${duration(stepSeconds)}`,
          values: counts,
          tone: 'accent',
          // A line through few values is hard to see, and through one there is none.
          ...(counts.length < 40 && { mark: 'both' as const }),
          told: `at most ${count(peak(counts))}`,
        },
      ]}
    />
  );
}

function optionsOf<T extends string>(texts: Record<T, string>, isThere: (option: T) => boolean): [T, string][] {
  return (Object.keys(texts) as T[]).filter(isThere).map((option) => [option, texts[option]]);
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="group">
      <legend>{title}</legend>
      <div class="form-grid narrow-fields">{children}</div>
    </fieldset>
  );
}
