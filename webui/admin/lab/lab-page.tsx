import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Choice, Input, Said, useDeed } from '../kit/bits';
import { useLive } from '../live';
import { useMay } from '../me';
import { href } from '../route';
import { time } from '../words';

type Lab = Wire['Lab'];
type Fault = Wire['FaultKind'];

const faults: Record<Fault, { text: string; hasInstance: boolean; hasDelay: boolean }> = {
  'cut-sockets': { text: 'Cut all sockets', hasInstance: true, hasDelay: false },
  'slow-storage': { text: 'Slow storage', hasInstance: false, hasDelay: true },
  'failing-storage': { text: 'Failing storage', hasInstance: false, hasDelay: false },
  'slow-attempts': { text: 'Slow attempts', hasInstance: false, hasDelay: true },
  'silent-game-server': { text: 'Silent game server', hasInstance: true, hasDelay: false },
};

/** Says on every page that the lab is there, and what it does to players now. */
export function LabBanner() {
  const lab = useLive().overview?.lab;
  if (!lab) return null;
  const on = lab.faults.map(
    ({ kind, instanceId, until }) => `${faults[kind].text}${instanceId && ` on ${instanceId}`} until ${time(until)}`,
  );
  return (
    <p class={on.length ? 'banner bad' : 'banner warn'} role="status">
      <b>Test lab.</b>{' '}
      {on.length ? `Faults are on: ${on.join('; ')}.` : 'This server was started with --lab: not for real players.'}{' '}
      <a href={href('lab')}>Open the lab</a>
    </p>
  );
}

export function LabPage() {
  const { overview } = useLive();
  const mayOperate = useMay('operator');
  if (!overview?.lab) return <p class="lead">The test lab is off. Start the server with --lab.</p>;
  const { lab, instances } = overview;
  const options = instances.filter(({ state }) => state !== 'closed').map((i) => [i.instanceId, i.name] as const);
  return (
    <>
      <h1>Test lab</h1>
      <Drill drill={lab.drill} mayOperate={mayOperate} />
      <Crowd crowd={lab.players} options={options} mayOperate={mayOperate} />
      <Faults lab={lab} options={options} mayOperate={mayOperate} />
    </>
  );
}

const marks: Record<Wire['DrillState'], { mark: string; tone: string }> = {
  pending: { mark: '·', tone: '' },
  running: { mark: '…', tone: 'accent' },
  passed: { mark: '✓', tone: 'good' },
  failed: { mark: '✗', tone: 'bad' },
  skipped: { mark: '–', tone: 'warn' },
};

function Drill({ drill, mayOperate }: { drill: Lab['drill']; mayOperate: boolean }) {
  const { isBusy, said, run } = useDeed();
  const isRunning = drill?.state === 'running';
  const over = drill?.steps.filter(({ state }) => state !== 'pending' && state !== 'running').length ?? 0;
  return (
    <Card title="Guided run">
      <p class="hint">Thirteen steps through the real doors, on an instance of its own. It takes about a minute.</p>
      {drill && (
        <>
          <progress max={drill.steps.length} value={over} aria-label="Steps done" />
          <p role="status" class={marks[drill.state].tone}>
            {isRunning
              ? `${over} of ${drill.steps.length} steps done.`
              : `${marks[drill.state].mark} ${drill.state} at ${time(drill.startedAt)}`}
          </p>
          <ol class="steps">
            {drill.steps.map((step) => (
              <li key={step.id} data-state={step.state}>
                <span class={`mark ${marks[step.state].tone}`} aria-hidden="true">
                  {marks[step.state].mark}
                </span>
                <span>
                  {step.title} <span class="unseen">{step.state}</span>
                  {step.detail && <small class="step-detail">{step.detail}</small>}
                </span>
                {step.toSeq > step.fromSeq && (
                  <a href={href('events', '', { since: String(step.fromSeq), before: String(step.toSeq + 1) })}>
                    events<span class="unseen"> of {step.title}</span>
                  </a>
                )}
              </li>
            ))}
          </ol>
        </>
      )}
      <Said said={said} />
      {mayOperate && (
        <div class="buttons">
          {isRunning && (
            <button type="button" onClick={() => run(() => call('DELETE', '/lab/drill'), 'Stopped.')}>
              Stop
            </button>
          )}
          <button
            type="button"
            class="primary"
            disabled={isBusy || isRunning}
            onClick={() => run(() => call('POST', '/lab/drill'), '')}
          >
            {isRunning ? 'Running…' : 'Start the run'}
          </button>
        </div>
      )}
    </Card>
  );
}

type Options = (readonly [string, string])[];

const amounts = [
  { field: 'count', label: 'How many', min: 1, max: 20000 },
  { field: 'arrivalPerSecond', label: 'Arrivals a second', min: 0.1, max: 1000, step: 'any' },
  { field: 'sessionSeconds', label: 'Session, in seconds', hint: 'On average', min: 1, max: 86400, step: 'any' },
  { field: 'dropRate', label: 'Lose their line, in %', min: 0, max: 100, step: 'any' },
] as const;

function Crowd({ crowd, options, mayOperate }: { crowd: Lab['players']; options: Options; mayOperate: boolean }) {
  const [plan, setPlan] = useState({
    instanceId: options[0]?.[0] ?? '',
    count: '100',
    arrivalPerSecond: '5',
    sessionSeconds: '60',
    dropRate: '10',
  });
  const { isBusy, said, run } = useDeed();
  async function start(event: Event): Promise<void> {
    event.preventDefault();
    const body = {
      instanceId: plan.instanceId,
      count: Number(plan.count),
      arrivalPerSecond: Number(plan.arrivalPerSecond),
      sessionSeconds: Number(plan.sessionSeconds),
      dropRate: Number(plan.dropRate) / 100,
    };
    await run(() => call('POST', '/lab/players', { body }), 'They are on their way.');
  }
  const set = (name: keyof typeof plan) => (value: string) => setPlan({ ...plan, [name]: value });
  return (
    <Card title="Virtual players">
      {crowd.plan && (
        <p role="status">
          {crowd.arrived} of {crowd.plan.count} have come to {crowd.plan.instanceId}: {crowd.playing} play,{' '}
          {crowd.queued} wait, {crowd.dropped} have lost their line, {crowd.reconnected} came back, {crowd.left} have
          left
          {Object.entries(crowd.failed).map(([reason, count]) => `, ${count} × ${reason}`)}.
        </p>
      )}
      {mayOperate && (
        <form onSubmit={start}>
          <div class="form-grid">
            <Choice label="Instance" value={plan.instanceId} options={options} onChange={set('instanceId')} />
            {amounts.map(({ field, ...rest }) => (
              <Input key={field} {...rest} type="number" value={plan[field]} onChange={set(field)} required />
            ))}
          </div>
          <Said said={said} />
          <div class="buttons">
            <button
              type="button"
              disabled={isBusy || !crowd.plan}
              onClick={() => run(() => call('DELETE', '/lab/players'), 'They are gone.')}
            >
              Send them home
            </button>
            <button type="submit" class="primary" disabled={isBusy}>
              Send players
            </button>
          </div>
        </form>
      )}
    </Card>
  );
}

function Faults({ lab, options, mayOperate }: { lab: Lab; options: Options; mayOperate: boolean }) {
  const [kind, setKind] = useState<Fault>('slow-attempts');
  const [instanceId, setInstance] = useState(options[0]?.[0] ?? '');
  const [delay, setDelay] = useState('12');
  const [span, setSpan] = useState('60');
  const { isBusy, said, run } = useDeed();
  const { hasInstance, hasDelay } = faults[kind];
  async function set(event: Event): Promise<void> {
    event.preventDefault();
    const body = {
      instanceId: hasInstance ? instanceId : '',
      delaySeconds: hasDelay ? Number(delay) : 0,
      forSeconds: Number(span),
    };
    await run(() => call('PUT', `/lab/faults/${kind}`, { body }), 'It is on.');
  }
  return (
    <Card title="Faults">
      <ul class="plain rows-plain">
        {lab.faults.map((fault) => (
          <li key={fault.kind}>
            <b>{faults[fault.kind].text}</b>
            <span class="hint">
              {fault.instanceId} until {time(fault.until)}
            </span>
            {mayOperate && (
              <button
                type="button"
                class="small"
                onClick={() => run(() => call('DELETE', `/lab/faults/${fault.kind}`), 'It is over.')}
              >
                End it
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayOperate && (
        <form onSubmit={set}>
          <div class="form-grid">
            <Choice
              label="What goes wrong"
              value={kind}
              options={(Object.keys(faults) as Fault[]).map((f) => [f, faults[f].text] as const)}
              onChange={setKind}
            />
            <Choice label="Where" value={instanceId} options={options} onChange={setInstance} disabled={!hasInstance} />
            <Input
              label="Delay, in seconds"
              type="number"
              min={0.1}
              max={30}
              step="any"
              value={delay}
              onChange={setDelay}
              disabled={!hasDelay}
            />
            <Input
              label="For so many seconds"
              type="number"
              min={1}
              max={600}
              value={span}
              onChange={setSpan}
              required
            />
          </div>
          <Said said={said} />
          <button type="submit" class="danger" disabled={isBusy}>
            Let it go wrong
          </button>
        </form>
      )}
    </Card>
  );
}
