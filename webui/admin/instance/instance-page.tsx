import { Card, Figure, StatePill } from '../kit/bits';
import { SeatBar } from '../kit/seat-bar';
import { useLive } from '../live';
import { Failures } from '../overview/failures';
import { health } from '../overview/health';
import { History } from '../overview/history';
import { href } from '../route';
import { duration } from '../words';
import { Modes } from './modes';
import { Queue } from './queue';
import { Sessions } from './sessions';
import { SettingsForm } from './settings-form';

export function InstancePage({ id }: { id: string }) {
  const { overview } = useLive();
  const instance = overview?.instances.find(({ instanceId }) => instanceId === id);
  if (!instance) {
    return (
      <p class="lead" role="status">
        {overview ? `There is no instance ${id}.` : 'Waiting for the server.'}
      </p>
    );
  }
  const { tone, text } = health(instance, overview?.storage.status === 'ok');
  const { seats, capacity, gameServer } = instance;
  return (
    <>
      <p class="crumbs">
        <a href={href('overview')}>Overview</a>
      </p>
      <h1>
        {instance.name} <StatePill state={instance.state} />
      </h1>
      <section class="card" aria-label="Now">
        <SeatBar seats={seats} capacity={capacity} />
        <div class="figures">
          <Figure label="Active" value={`${seats.active}`} note={`of ${capacity} seats`} />
          <Figure label="Grace" value={`${seats.grace}`} note="line dropped" />
          <Figure label="Reserved" value={`${seats.reserved}`} note="not claimed yet" />
          <Figure label="Queue" value={`${instance.queueDepth}`} note={`of ${instance.queueMax}`} />
          <Figure label="Wait p95" value={duration(instance.waitP95Seconds)} note="last hour" />
          <Figure label="Admitted" value={`${instance.admissionsPerMinute}`} note="a minute" />
          <Figure
            label="Game server"
            value={gameServer.state === 'unlinked' ? 'not linked' : gameServer.state}
            note={gameServer.message || gameServer.build}
          />
          <Failures failures={instance.failures} instance={id} />
          <span class={`health ${tone}`}>
            <i aria-hidden="true" />
            {text}
          </span>
        </div>
        <p class="onwards">
          <a href={href('planning', id)}>How many seats does {instance.name} need?</a>
        </p>
        <Modes instance={instance} />
      </section>
      <Card title="Sessions">
        <Sessions instance={id} version={instance.turns} />
      </Card>
      <Card title="Queue">
        <Queue instance={id} version={instance.turns} />
      </Card>
      <SettingsForm id={id} />
      <History instance={id} />
    </>
  );
}
