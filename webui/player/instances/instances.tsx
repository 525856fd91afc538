import type { Texts } from '../../texts';
import { useTexts } from '../../ui/texts';
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
  const t = useTexts();
  return (
    <section class="card instances" aria-labelledby="instances">
      <h2 id="instances">{t.instances.title}</h2>
      {instances?.length === 0 && <p class="lead">{t.instances.none}</p>}
      <ul class="plain">
        {instances?.map((instance) => (
          <InstanceRow key={instance.instanceId} instance={instance} {...rest} />
        ))}
      </ul>
      <p class="footnote">{footnote(isStale, rest.hasCharacter, t)}</p>
    </section>
  );
}

function footnote(isStale: boolean, hasCharacter: boolean, t: Texts): string {
  if (isStale) return navigator.onLine ? t.instances.noAnswer : t.page.offline;
  return hasCharacter ? '' : t.instances.needsCharacter;
}

interface RowProps extends Omit<Props, 'instances' | 'isStale'> {
  instance: Instance;
}

function InstanceRow({ instance, hereId, canConnect, hasCharacter, onConnect }: RowProps) {
  const t = useTexts();
  const { instanceId, name, state, capacity, seatsTaken, queueDepth, requiredBuild, message, gameServerState } =
    instance;
  const isHere = instanceId === hereId;
  return (
    <li class="instance">
      <div class="instance-head">
        <h3>{name || instanceId}</h3>
        <span class={`pill ${state === 'open' ? 'good' : 'warn'}`}>{t.instances.states[state]}</span>
        {gameServerState === 'silent' && <span class="pill bad">{t.instances.silent}</span>}
        {isHere && <span class="pill accent">{t.instances.here}</span>}
      </div>
      <button
        type="button"
        class="primary"
        aria-label={t.instances.connectTo(name || instanceId)}
        disabled={!canConnect || !hasCharacter}
        onClick={() => onConnect(instanceId)}
      >
        {t.connection.connect}
      </button>
      <div class="instance-load">
        <progress
          class={seatsTaken < capacity ? '' : 'warn'}
          max={Math.max(1, capacity)}
          value={Math.min(seatsTaken, capacity)}
          aria-hidden="true"
        />
        <p>
          {t.instances.seats(seatsTaken, capacity)} · {t.instances.waiting(queueDepth)}
          {requiredBuild && ` · ${t.instances.build(requiredBuild)}`}
        </p>
        {message && <p class="words">{message}</p>}
      </div>
    </li>
  );
}
