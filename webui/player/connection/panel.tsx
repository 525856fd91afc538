import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConnectionState } from '../../sdk/state';
import { type Deed, viewOf } from '../../sdk/view';
import { branding } from '../../ui/branding';
import { FormError } from '../../ui/field';
import { useNow } from '../../ui/now';
import { useTexts } from '../../ui/texts';
import type { Instance } from '../api';
import { Surface } from './surface';
import { TurnSound } from './turn';
import type { Connection } from './use-connection';

interface Props {
  connection: Connection;
  instanceOf: (instanceId: string) => Instance | undefined;
  characterName: (characterId: string) => string | undefined;
}

export function ConnectionPanel({ connection, instanceOf, characterName }: Props) {
  const texts = useTexts();
  const { connection: t } = texts;
  const { state, instanceId } = connection;
  const [error, setError] = useState('');
  const now = useNow(state.kind !== 'idle');
  const instance = instanceId === null ? undefined : instanceOf(instanceId);
  const gameUrl = instance?.gameUrl ?? '';
  const characterId = 'request' in state ? state.request.characterId : null;
  const view = viewOf(withDepth(state, instance), {
    now,
    texts,
    where: instance?.name || (instanceId ?? t.someInstance),
    who: (characterId !== null && characterName(characterId)) || t.someCharacter,
    offersConnect: false,
    offersPlay: gameUrl !== '',
  });
  useTitle(view.headline);
  useEffect(() => setError(''), [state.kind]);

  async function act(deed: Deed): Promise<void> {
    if (deed !== 'play') return connection.act(deed);
    const isOpen = await connection.play(gameUrl);
    setError(isOpen ? '' : t.playBlocked);
  }

  return (
    <section class="card connection" aria-label={t.title} tabIndex={-1} ref={useFocusOnChange(state.kind)}>
      <Surface view={view} onDeed={act}>
        <TurnSound state={state} />
        {error && <FormError text={error} />}
      </Surface>
      <p class="unseen" aria-live="polite">
        {view.spoken}
      </p>
    </section>
  );
}

/** Who comes behind is not told over the socket, because it changes nobody's position; the list of instances knows. */
function withDepth(state: ConnectionState, instance: Instance | undefined): ConnectionState {
  if (state.kind !== 'queued' || !instance) return state;
  return { ...state, depth: Math.max(state.position, instance.queueDepth) };
}

function useTitle(headline: string | null): void {
  useEffect(() => {
    document.title = headline === null ? branding.name : `${headline} · ${branding.name}`;
  }, [headline]);
}

/** A button that was just pressed is gone or disabled in the next state: the panel takes its focus, and comes into view. */
function useFocusOnChange(kind: ConnectionState['kind']) {
  const panel = useRef<HTMLElement>(null);
  const former = useRef(kind);
  useEffect(() => {
    if (former.current === kind) return;
    former.current = kind;
    const focused = document.activeElement;
    const isLost = focused === null || focused === document.body || focused.matches(':disabled');
    if (isLost) panel.current?.focus({ preventScroll: true });
    if (kind === 'connecting') panel.current?.scrollIntoView({ block: 'nearest' });
  }, [kind]);
  return panel;
}
