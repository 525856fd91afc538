import { useEffect } from 'preact/hooks';
import { AccountPanel } from './account-panel';
import { Characters } from './characters/characters';
import { ConnectionPanel } from './connection/panel';
import { useConnection } from './connection/use-connection';
import { Header } from './header';
import { Instances } from './instances/instances';
import { useWorld } from './use-world';

interface Props {
  /** The log-in is already dead. */
  onLoggedOut: () => void;
  onLogOut: () => void;
}

/** Everything after the log-in. */
export function Lobby({ onLoggedOut, onLogOut }: Props) {
  const { me, instances, isStale, refresh } = useWorld(onLoggedOut);
  const connection = useConnection();
  const { state, instanceId } = connection;
  // A change of state is a change of seats, and often the reason why a character is suspended or an instance closed.
  useEffect(refresh, [state.kind, refresh]);
  const isPlaced = state.kind === 'queued' || state.kind === 'admitted' || state.kind === 'reconnecting';
  const canConnect = !isPlaced && state.kind !== 'connecting';
  const activeId = me?.activeCharacterId ?? null;

  function logOut(): void {
    connection.act('leave');
    onLogOut();
  }

  return (
    <>
      <Header name={me?.name ?? ''} onLogOut={logOut} />
      <main class="lobby">
        <ConnectionPanel
          connection={connection}
          instanceOf={(id) => instances?.find((each) => each.instanceId === id)}
          characterName={(id) => me?.characters.find((each) => each.characterId === id)?.name}
        />
        {me && <Characters me={me} onChange={refresh} />}
        <Instances
          instances={instances}
          isStale={isStale}
          hereId={isPlaced ? instanceId : null}
          canConnect={canConnect}
          hasCharacter={activeId !== null}
          onConnect={(id) => activeId !== null && connection.connect(id, activeId)}
        />
        {me && <AccountPanel me={me} onChange={refresh} onLoggedOut={onLoggedOut} />}
      </main>
    </>
  );
}
