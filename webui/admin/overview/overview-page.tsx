import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Figure, Input, Said, StatePill, useDeed } from '../kit/bits';
import { SeatBar } from '../kit/seat-bar';
import { type Instance, useLive } from '../live';
import { useMay } from '../me';
import { href } from '../route';
import { duration } from '../words';
import { Failures } from './failures';
import { health } from './health';
import { History } from './history';

export function OverviewPage() {
  const { overview } = useLive();
  const mayOperate = useMay('operator');
  return (
    <>
      <h1>Overview</h1>
      <Card title="Instances" actions={mayOperate && <NewInstance />}>
        {overview === null ? (
          <p class="hint" role="status">
            Waiting for the server.
          </p>
        ) : (
          <ul class="plain lines">
            {overview.instances.map((instance) => (
              <Line key={instance.instanceId} instance={instance} isStorageOk={overview.storage.status === 'ok'} />
            ))}
          </ul>
        )}
      </Card>
      <History />
    </>
  );
}

function Line({ instance, isStorageOk }: { instance: Instance; isStorageOk: boolean }) {
  const { instanceId, name, state, seats, seatsTaken, capacity, queueDepth, queueMax } = instance;
  const { tone, text } = health(instance, isStorageOk);
  return (
    <li class="line" data-state={state}>
      <div class="line-name">
        <a href={href('instances', instanceId)}>{name}</a> <StatePill state={state} />
        {name !== instanceId && <small class="hint">{instanceId}</small>}
      </div>
      <div class="line-seats">
        <SeatBar seats={seats} capacity={capacity} />
        <small>
          <b>{seatsTaken}</b> of {capacity} seats
          <span class="hint">
            {' '}
            · {seats.active} active · {seats.grace} grace · {seats.reserved} reserved
          </span>
        </small>
      </div>
      <Figure label="Queue" value={`${queueDepth}`} note={`of ${queueMax}`} />
      <Figure label="Wait p95" value={duration(instance.waitP95Seconds)} note="last hour" />
      <Figure label="Admitted" value={`${instance.admissionsPerMinute}`} note="a minute" />
      <Failures failures={instance.failures} instance={instanceId} />
      <span class={`health ${tone}`}>
        <i aria-hidden="true" />
        {text}
      </span>
    </li>
  );
}

function NewInstance() {
  const [isOpen, setOpen] = useState(false);
  const [instanceId, setId] = useState('');
  const [capacity, setCapacity] = useState('50');
  const { isBusy, said, run } = useDeed();
  if (!isOpen) {
    return (
      <button type="button" class="small" onClick={() => setOpen(true)}>
        Add an instance
      </button>
    );
  }
  async function add(event: Event): Promise<void> {
    event.preventDefault();
    const body = { instanceId, capacity: Number(capacity) };
    const answer = await run(() => call<Wire['AdminInstance']>('POST', '/instances', { body }), '');
    if (answer.ok) location.hash = href('instances', answer.body.instanceId);
  }
  return (
    <form class="inline-form" onSubmit={add}>
      <Input label="Id" value={instanceId} onChange={setId} maxLength={64} required />
      <Input label="Seats" type="number" min={0} value={capacity} onChange={setCapacity} required />
      <button type="submit" class="primary small" disabled={isBusy}>
        Add
      </button>
      <Said said={said} />
    </form>
  );
}
