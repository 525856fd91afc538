import { useEffect, useState } from 'preact/hooks';
import { call, query, type Wire } from '../api';
import { Chart } from '../kit/chart';
import type { Series } from '../kit/plot';
import { useLive } from '../live';
import { duration } from '../words';

type Samples = Wire['Samples'];

const spans = {
  hour: { step: 10, seconds: 3600, text: 'Last hour' },
  day: { step: 60, seconds: 86_400, text: 'Last day' },
  week: { step: 60, seconds: 604_800, text: 'Last week' },
} as const;
type Span = keyof typeof spans;

const noSamples: Samples = {
  stepSeconds: 10,
  times: [],
  capacity: [],
  reserved: [],
  active: [],
  grace: [],
  queue: [],
  admissions: [],
  waitP50Seconds: [],
  waitP95Seconds: [],
  failures: {},
};

/** How things were, of one instance or of all; it follows when the server has taken another sample. */
export function History({ instance = '' }: { instance?: string }) {
  const [span, setSpan] = useState<Span>('hour');
  const [samples, setSamples] = useState<Samples>(noSamples);
  const { overview } = useLive();
  const { step, seconds } = spans[span];
  const newest = Math.floor(new Date(overview?.sampledAt ?? 0).getTime() / 1000 / step);

  // A new sample is the reason to ask again.
  useEffect(() => {
    let isStale = false;
    const from = Math.floor(Date.now() / 1000) - seconds;
    void call<Samples>('GET', `/samples${query({ instance, step, from })}`).then((answer) => {
      if (answer.ok && !isStale) setSamples(withGaps(answer.body));
    });
    return () => {
      isStale = true;
    };
  }, [instance, step, seconds, newest]);

  return (
    <section class="card" aria-label="History">
      <header class="card-head">
        <h2>History</h2>
        <fieldset class="segments">
          <legend class="unseen">Time span</legend>
          {(Object.keys(spans) as Span[]).map((key) => (
            <button key={key} type="button" class="small" aria-pressed={span === key} onClick={() => setSpan(key)}>
              {spans[key].text}
            </button>
          ))}
        </fieldset>
      </header>
      <div class="charts">
        {charts(samples).map(({ title, series, format }) => (
          <Chart key={title} title={title} span={seconds} times={samples.times} series={series} format={format} />
        ))}
      </div>
    </section>
  );
}

const failureTones = ['bad', 'warn', 'accent', 'good', 'ink-soft'] as const;

function charts(s: Samples): { title: string; series: Series[]; format?: (value: number) => string }[] {
  const perMinute = s.admissions.map((n) => (n === null ? null : (n * 60) / s.stepSeconds));
  const failures = Object.entries(s.failures)
    .sort(([, a], [, b]) => sum(b) - sum(a))
    .slice(0, failureTones.length)
    .map(([label, values], i): Series => ({ label, values, tone: failureTones[i] ?? 'bad' }));
  return [
    {
      title: 'Seats',
      series: [
        { label: 'active', values: s.active, tone: 'good' },
        { label: 'grace', values: s.grace, tone: 'warn' },
        { label: 'reserved', values: s.reserved, tone: 'accent' },
        { label: 'capacity', values: s.capacity, tone: 'ink-soft', isDashed: true },
      ],
    },
    { title: 'Queue', series: [{ label: 'waiting', values: s.queue, tone: 'accent' }] },
    { title: 'Admissions a minute', series: [{ label: 'admitted', values: perMinute, tone: 'good' }] },
    {
      title: 'Wait of those admitted',
      format: duration,
      series: [
        { label: 'half waited less (p50)', values: s.waitP50Seconds, tone: 'accent' },
        { label: '95 % waited less (p95)', values: s.waitP95Seconds, tone: 'warn' },
      ],
    },
    {
      title: 'Refused attempts',
      series: failures.length ? failures : [{ label: 'none', values: s.times.map(() => 0), tone: 'ink-soft' }],
    },
  ];
}

const sum = (values: (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** While the server was down there are no samples: a line must not be drawn over that. */
function withGaps(s: Samples): Samples {
  const holes = s.times.flatMap((at, i) => (i > 0 && at - (s.times[i - 1] ?? at) > 1.5 * s.stepSeconds ? [i] : []));
  if (holes.length === 0) return s;
  const open = <T,>(values: T[], fill: (before: T | undefined) => T): T[] => {
    const opened = [...values];
    for (const i of holes.toReversed()) opened.splice(i, 0, fill(values[i - 1]));
    return opened;
  };
  const nothing = (values: (number | null)[]) => open(values, () => null) as number[];
  return {
    ...s,
    times: open(s.times, (before) => (before ?? 0) + s.stepSeconds),
    capacity: nothing(s.capacity),
    reserved: nothing(s.reserved),
    active: nothing(s.active),
    grace: nothing(s.grace),
    queue: nothing(s.queue),
    admissions: nothing(s.admissions),
    waitP50Seconds: nothing(s.waitP50Seconds as number[]),
    waitP95Seconds: nothing(s.waitP95Seconds as number[]),
    failures: Object.fromEntries(Object.entries(s.failures).map(([reason, values]) => [reason, nothing(values)])),
  };
}
