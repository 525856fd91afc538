import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Choice, Input, Said, Tick, useDeed } from '../kit/bits';
import { useLive } from '../live';
import { useMay } from '../me';
import { date } from '../words';

type Builds = Wire['InstanceBuilds'];

export function BuildsPage() {
  const { overview } = useLive();
  const mayOperate = useMay('operator');
  const [instances, setInstances] = useState<Builds[]>([]);
  const read = useCallback(async () => {
    const answer = await call<Wire['BuildList']>('GET', '/builds');
    if (answer.ok) setInstances(answer.body.instances);
  }, []);
  const sampledAt = overview?.sampledAt;
  // What happened may have brought clients of another build.
  useEffect(() => void read(), [read, sampledAt]);
  return (
    <>
      <h1>Builds</h1>
      {mayOperate && <ProductionBuild instances={instances} onDone={read} />}
      {instances.map((instance) => (
        <Card key={instance.instanceId} title={instance.name}>
          <p>
            Newcomers need <b>{instance.requiredBuild || 'any build'}</b>
            {instance.acceptedBuilds.map(({ build, until }) => (
              <span key={build}>
                , or <b>{build}</b> {until ? `until ${date(until)}` : 'for good'}
              </span>
            ))}
            . Who is in stays in.
          </p>
          <Shares clients={instance.clients} />
        </Card>
      ))}
    </>
  );
}

function Shares({ clients }: { clients: Builds['clients'] }) {
  const total = clients.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return <p class="hint">No clients are here now.</p>;
  return (
    <ul class="plain shares" aria-label="Clients by build">
      {clients.map(({ build, count }) => (
        <li key={build}>
          <span>{build || 'no build told'}</span>
          <progress max={total} value={count} aria-label={`Share of ${build || 'no build'}`} />
          <span>
            {count} ({Math.round((100 * count) / total)} %)
          </span>
        </li>
      ))}
    </ul>
  );
}

const hour = 3_600_000;

function ProductionBuild({ instances, onDone }: { instances: Builds[]; onDone: () => void }) {
  const [build, setBuild] = useState('');
  const [instanceId, setInstance] = useState('');
  const [keepsFormer, setKeepsFormer] = useState(true);
  const [hours, setHours] = useState('24');
  const { isBusy, said, run } = useDeed();
  const former = [
    ...new Set(instances.filter((i) => !instanceId || i.instanceId === instanceId).map((i) => i.requiredBuild)),
  ].filter((b) => b !== '' && b !== build);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const until = new Date(Date.now() + Number(hours) * hour).toISOString();
    const acceptedBuilds = keepsFormer && build ? former.map((b) => ({ build: b, until })) : [];
    const body = { build, acceptedBuilds, ...(instanceId && { instanceId }) };
    await run(
      () => call('PUT', '/builds/production', { body }),
      build ? `${build} is the production build.` : 'Any build may come in.',
    );
    onDone();
  }
  return (
    <Card title="Production build">
      <form onSubmit={save}>
        <div class="form-grid">
          <Input
            label="Build"
            hint="Empty = any. A build, or a range such as ^1.4"
            value={build}
            onChange={setBuild}
            maxLength={64}
          />
          <Choice
            label="Where"
            value={instanceId}
            options={[['', 'on all instances'], ...instances.map((i) => [i.instanceId, i.name] as const)]}
            onChange={setInstance}
          />
          <Input
            label="Roll-out window, in hours"
            type="number"
            min={0}
            step="any"
            value={hours}
            onChange={setHours}
            disabled={!keepsFormer}
          />
        </div>
        <Tick
          label={`Let ${former.join(', ') || 'the former build'} in, too, during the roll-out window`}
          value={keepsFormer}
          onChange={setKeepsFormer}
        />
        <Said said={said} />
        <button type="submit" class="primary" disabled={isBusy}>
          Set the build
        </button>
      </form>
    </Card>
  );
}
