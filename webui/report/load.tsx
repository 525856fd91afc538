import { Card, Figure } from '../admin/kit/bits';
import { Plot } from '../admin/kit/plot';
import { count, date, duration, elapsed, latency, percent, reasons, timeSteps } from '../admin/words';
import type { LoadReport, Rule, Spread, Timeline } from './documents';
import { Table, Verdict } from './parts';
import { calibration, measured, peak, ruleInWords, scatter, verdict } from './told';

/** What a load test found: first whether it is good enough, then how much, then how it came. */
export function LoadView({ report }: { report: LoadReport }) {
  const { plan, timeline } = report;
  return (
    <>
      <p class="lead">
        {count(plan.players)} players for {plan.instanceId} at {report.server} (version {report.version}),{' '}
        {count(plan.arrivalPerSecond)} a second, sessions of {duration(plan.sessionSeconds)} on average
        {plan.dropRate > 0 && `, ${percent(plan.dropRate)} losing their line`}. It began on {date(report.startedAt)} and
        took {duration(report.tookSeconds)}.
      </p>
      {report.interrupted && (
        <p class="note warn">
          <b>It was ended before its time.</b> The figures are of what had happened until then.
        </p>
      )}
      <Card title="Verdict">
        <Verdict said={verdict(report.slo)} />
        {report.slo.length > 0 && <Rules rules={report.slo} />}
      </Card>
      <Headline report={report} />
      <Card title="Over time">
        <div class="charts three">
          <OverTime timeline={timeline} />
        </div>
      </Card>
      <Card title="Estimates of the wait">
        <Verdict said={calibration(report.estimates)} />
        {report.estimates.points.length > 0 && <Scatter report={report} />}
      </Card>
      <div class="two">
        <Card title="Outcomes">
          <Outcomes report={report} />
        </Card>
        <Card title="Errors">
          <Errors errors={report.errors} />
        </Card>
      </div>
      <Card title="Durations">
        <Durations report={report} />
      </Card>
    </>
  );
}

function Rules({ rules }: { rules: Rule[] }) {
  return (
    <Table label="rules" head={['Verdict', 'Measured', 'Rule']}>
      {rules.map((rule) => (
        <tr key={rule.rule}>
          <td>
            <span class={`pill ${rule.holds ? 'good' : 'bad'}`}>{rule.holds ? '✓ holds' : '✗ broken'}</span>
          </td>
          <td>{measured(rule)}</td>
          <td class="wordy">
            <code>{rule.rule}</code>
            <small class="hint">{ruleInWords(rule)}</small>
          </td>
        </tr>
      ))}
    </Table>
  );
}

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

function Headline({ report }: { report: LoadReport }) {
  const { outcomes, reconnections: back, admission, wait, errors, timeline } = report;
  const { arrived } = outcomes;
  const p95 = (spread: Spread) => (spread.count > 0 ? latency(spread.p95Seconds) : '–');
  return (
    <section class="card" aria-label="In figures">
      <div class="figures first">
        <Figure label="Arrived" value={count(arrived)} note={`of ${count(report.plan.players)} players`} />
        <Figure label="Admitted at once" value={count(outcomes.admitted)} note={shareOf(outcomes.admitted, arrived)} />
        <Figure label="Queued" value={count(outcomes.queued)} note={shareOf(outcomes.queued, arrived)} />
        <Figure label="Played at once" value={count(peak(timeline.playing))} note="at most" />
        <Figure label="Answer p95" value={p95(admission)} note={`half within ${latency(admission.p50Seconds)}`} />
        <Figure label="Wait p95" value={p95(wait)} note={`of ${count(wait.count)} who got in`} />
        <Figure
          label="Came back"
          value={back.attempted > 0 ? percent(back.share) : '–'}
          note={`${count(back.succeeded)} of ${count(back.attempted)} lost lines`}
        />
        <Figure label="Errors" value={count(total(errors))} note={total(errors) === 0 ? 'none' : 'see below'} />
      </div>
    </section>
  );
}

const shareOf = (part: number, whole: number) => (whole > 0 ? percent(part / whole) : '');

function OverTime({ timeline: t }: { timeline: Timeline }) {
  const axis = { xs: t.seconds, formatX: elapsed, stepsX: timeSteps, name: 'Since the first arrival' };
  const most = (values: (number | null)[], format: (value: number) => string = count) =>
    `at most ${format(peak(values))}`;
  return (
    <>
      <Plot
        {...axis}
        title="Players"
        series={[
          { label: 'playing', values: t.playing, tone: 'good', told: most(t.playing) },
          { label: 'queued', values: t.queued, tone: 'accent', told: most(t.queued) },
          { label: 'dropped', values: t.dropped, tone: 'warn', told: most(t.dropped) },
        ]}
      />
      <Plot
        {...axis}
        title="Answer to an attempt"
        format={latency}
        least={0.01}
        series={[
          {
            label: '95 % were faster (p95)',
            values: t.admissionP95Seconds,
            tone: 'accent',
            told: most(t.admissionP95Seconds, latency),
          },
        ]}
      />
      <Plot
        {...axis}
        title="Arrivals and errors"
        series={[
          { label: 'arrived', values: t.arrived, tone: 'accent', told: most(t.arrived) },
          { label: 'errors', values: t.errors, tone: 'bad', told: most(t.errors) },
        ]}
      />
    </>
  );
}

function Scatter({ report }: { report: LoadReport }) {
  const { waited, median, upper } = scatter(report.estimates.points);
  return (
    <Plot
      title="Estimated by waited"
      name="Waited"
      height={280}
      xs={waited}
      formatX={latency}
      format={latency}
      steps={timeSteps}
      stepsX={timeSteps}
      series={[
        { label: 'first estimate (half wait less)', values: median, tone: 'accent', mark: 'points', told: '' },
        { label: 'second estimate (nine in ten wait less)', values: upper, tone: 'warn', mark: 'points', told: '' },
        { label: 'as long as estimated', values: waited, tone: 'ink-soft', isDashed: true, told: '' },
      ]}
    />
  );
}

function Outcomes({ report: { outcomes } }: { report: LoadReport }) {
  const rows: [string, string, number][] = [
    ['Admitted', 'a seat at once', outcomes.admitted],
    ['Queued', 'a place in the queue', outcomes.queued],
    ['Timeout', 'no answer in time', outcomes.timeout],
    ...byCount(outcomes.failed).map(([code, n]): [string, string, number] => [code, reasons[code] ?? '', n]),
  ];
  return (
    <Table label="outcomes" head={['Outcome', 'Players']}>
      {rows.map(([name, meaning, n]) => (
        <tr key={name}>
          <td class="wordy">
            {name} <small class="hint">{meaning}</small>
          </td>
          <td>{count(n)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Errors({ errors }: { errors: LoadReport['errors'] }) {
  if (total(errors) === 0) return <p class="hint">Nothing went wrong.</p>;
  return (
    <Table label="errors" head={['Error', 'How often']}>
      {byCount(errors).map(([code, n]) => (
        <tr key={code}>
          <td class="wordy">
            {code} <small class="hint">{reasons[code]}</small>
          </td>
          <td>{count(n)}</td>
        </tr>
      ))}
    </Table>
  );
}

const byCount = (counts: Record<string, number>) => Object.entries(counts).sort(([, a], [, b]) => b - a);

function Durations({ report: { admission, attach, wait, reconnections } }: { report: LoadReport }) {
  const rows: [string, Spread][] = [
    ['Answer to an attempt', admission],
    ['From dialling to the admitted frame', attach],
    ['Wait in the queue', wait],
    ['Coming back after a lost line', { ...reconnections, count: reconnections.succeeded }],
  ];
  return (
    <Table label="durations" head={['What', 'Count', 'Half (p50)', '95 % (p95)', '99 % (p99)', 'Longest']}>
      {rows.map(([name, spread]) => {
        const tell = (seconds: number) => (spread.count > 0 ? latency(seconds) : '–');
        return (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{count(spread.count)}</td>
            <td>{tell(spread.p50Seconds)}</td>
            <td>{tell(spread.p95Seconds)}</td>
            <td>{tell(spread.p99Seconds)}</td>
            <td>{tell(spread.maxSeconds)}</td>
          </tr>
        );
      })}
    </Table>
  );
}
