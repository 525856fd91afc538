import { useState } from 'preact/hooks';
import { Card } from '../admin/kit/bits';
import { Plot } from '../admin/kit/plot';
import { clockSteps, count, duration, percent, timeSteps } from '../admin/words';
import type { Run, Simulation } from './documents';
import { Table, Verdict } from './parts';
import { answer, clockAt, judge, planInWords } from './simulated';
import { calibration, peak } from './told';

/** A simulation as a report: its result, and the plan it is of. */
export function SimulationReport({ simulation }: { simulation: Simulation }) {
  return (
    <>
      <SimulationView simulation={simulation} />
      <Card title="The plan">
        <dl class="plan">
          {planInWords(simulation.plan).map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </>
  );
}

/** What a simulation found: first the answer, then all numbers of seats side by side, then one of them over the evening. */
export function SimulationView({ simulation }: { simulation: Simulation }) {
  const { plan, seatsForTarget } = simulation;
  const runs = simulation.runs.toSorted((a, b) => a.capacity - b.capacity);
  const [chosen, choose] = useState(seatsForTarget);
  // The least that are enough may not be among those that were asked for.
  const run = runs.find((r) => chosen !== null && r.capacity >= chosen) ?? runs.at(-1);
  if (!run) return null;
  return (
    <>
      <Card title="Answer">
        <Verdict said={answer({ ...simulation, runs })} />
      </Card>
      <Card title="By number of seats">
        <div class="charts">
          <Waits runs={runs} target={plan.targetWaitSeconds} />
          <Evening run={run} startsAt={plan.arrivals.startsAt} />
        </div>
        <Runs runs={runs} target={plan.targetWaitSeconds} chosen={run.capacity} onChoose={choose} />
      </Card>
      <Card title="Estimates of the wait">
        {run.queued === 0 ? (
          <p class="hint">With {count(run.capacity)} seats nobody has to wait, so nothing is estimated.</p>
        ) : (
          <Verdict said={calibration({ ...run, count: run.estimates })}>
            <p class="hint">With {count(run.capacity)} seats: what players were told when they joined the queue.</p>
          </Verdict>
        )}
      </Card>
    </>
  );
}

const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

function Waits({ runs, target }: { runs: Run[]; target: number }) {
  const xs = runs.map((r) => r.capacity);
  const [first = 0, last = 0] = [xs[0], xs.at(-1)];
  const margin = Math.max(1, (last - first) * 0.04);
  return (
    <Plot
      title="Wait by number of seats"
      xs={xs}
      range={() => [first - margin, last + margin]}
      formatX={count}
      format={duration}
      steps={timeSteps}
      stepsX={wholeSteps}
      least={target * 1.2}
      series={[
        {
          label: '95 % waited less (p95)',
          values: runs.map((r) => r.waitP95Seconds),
          tone: 'accent',
          mark: 'both',
          told: '',
        },
        {
          label: 'half waited less (p50)',
          values: runs.map((r) => r.waitP50Seconds),
          tone: 'good',
          mark: 'both',
          told: '',
        },
        { label: 'target', values: runs.map(() => target), tone: 'warn', isDashed: true, told: duration(target) },
      ]}
    />
  );
}

function Evening({ run: { capacity, series }, startsAt }: { run: Run; startsAt: string }) {
  const { stepSeconds, playing, waiting } = series;
  return (
    <Plot
      title={`The evening with ${count(capacity)} seats`}
      name="Time"
      xs={playing.map((_, i) => i * stepSeconds)}
      formatX={(seconds) => clockAt(startsAt, seconds)}
      stepsX={clockSteps}
      series={[
        { label: 'playing', values: playing, tone: 'good', told: `at most ${count(peak(playing))}` },
        { label: 'waiting', values: waiting, tone: 'accent', told: `at most ${count(peak(waiting))}` },
        { label: 'seats', values: playing.map(() => capacity), tone: 'ink-soft', isDashed: true },
      ]}
    />
  );
}

const heads = [
  'Seats',
  'Target',
  'Wait p95',
  'Wait p50',
  'Of those who queued, p95',
  'Queued',
  'Longest queue',
  'Seats in use',
  'Refused',
  'Gave up',
  'Came back',
];

const verdicts = {
  kept: { tone: 'good', text: '✓ kept' },
  waits: { tone: 'bad', text: '✗ missed' },
  refused: { tone: 'bad', text: '✗ refuses some' },
} as const;

function Kept({ verdict }: { verdict: keyof typeof verdicts }) {
  const { tone, text } = verdicts[verdict];
  return <span class={`pill ${tone}`}>{text}</span>;
}

function Runs(props: { runs: Run[]; target: number; chosen: number; onChoose: (capacity: number) => void }) {
  const { runs, target, chosen, onChoose } = props;
  return (
    <Table label="the numbers of seats" head={heads}>
      {runs.map((r) => (
        <tr key={r.capacity} class={r.capacity === chosen ? 'chosen' : undefined}>
          <td>
            <label class="check">
              <input
                type="radio"
                name="capacity"
                checked={r.capacity === chosen}
                aria-label={`Show the evening with ${r.capacity} seats`}
                onChange={() => onChoose(r.capacity)}
              />
              {count(r.capacity)}
            </label>
          </td>
          <td>
            <Kept verdict={judge(r, target)} />
          </td>
          <td>{duration(r.waitP95Seconds)}</td>
          <td>{duration(r.waitP50Seconds)}</td>
          <td>{duration(r.queuedWaitP95Seconds)}</td>
          <td>
            {count(r.queued)} of {count(r.arrived)}
          </td>
          <td>{count(r.peakQueue)}</td>
          <td>{percent(r.seatUse)}</td>
          <td>{count(r.refused)}</td>
          <td>{count(r.gaveUp)}</td>
          <td>
            {count(r.reconnected)} of {count(r.dropped)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
