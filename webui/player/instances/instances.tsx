import { en } from '../../texts/en';
import type { Instance } from '../api';

interface Props {
  /** Null until first heard of. */
  instances: Instance[] | null;
  /** The list is old because the server does not answer. */
  isStale: boolean;
  hereId: string | null;
  canConnect: boolean;
  hasCharacter: boolean;
  onConnect: (instanceId: string) => void;
}

export function Instances({ instances, isStale, ...rest }: Props) {
  return (
    <section class="card instances" aria-labelledby="instances">
      <h2 id="instances">{en.instances.title}</h2>
      {instances?.length === 0 && <p class="lead">{en.instances.none}</p>}
      <ul class="plain">
        {instances?.map((instance) => (
          <InstanceRow key={instance.instanceId} instance={instance} {...rest} />
        ))}
      </ul>
      <p class="footnote">{footnote(isStale, rest.hasCharacter)}</p>
    </section>
  );
}

function footnote(isStale: boolean, hasCharacter: boolean): string {
  if (isStale) return en.instances.noAnswer;
  return hasCharacter ? '' : en.instances.needsCharacter;
}

interface RowProps extends Omit<Props, 'instances' | 'isStale'> {
  instance: Instance;
}

function InstanceRow({ instance, hereId, canConnect, hasCharacter, onConnect }: RowProps) {
  const { instanceId, name, state, capacity, seatsTaken, queueDepth, requiredBuild, message } = instance;
  const isHere = instanceId === hereId;
  return (
    <li class="instance">
      <div class="instance-head">
        <h3>{name || instanceId}</h3>
        <span class={`pill ${state === 'open' ? 'good' : 'warn'}`}>{en.instances.states[state]}</span>
        {isHere && <span class="pill accent">{en.instances.here}</span>}
      </div>
      <button
        type="button"
        class="primary"
        aria-label={en.instances.connectTo(name || instanceId)}
        disabled={!canConnect || !hasCharacter}
        onClick={() => onConnect(instanceId)}
      >
        {en.instances.connect}
      </button>
      <div class="instance-load">
        <progress
          class={seatsTaken < capacity ? '' : 'warn'}
          max={Math.max(1, capacity)}
          value={Math.min(seatsTaken, capacity)}
          aria-hidden="true"
        />
        <p>
          {en.instances.seats(seatsTaken, capacity)} · {en.instances.waiting(queueDepth)}
          {requiredBuild && ` · ${en.instances.build(requiredBuild)}`}
        </p>
        {message && <p class="words">{message}</p>}
      </div>
    </li>
  );
}
