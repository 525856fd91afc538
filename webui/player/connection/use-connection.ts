import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { carryOut, openGame } from '../../sdk/deed';
import { createGatekeeper, type Gatekeeper } from '../../sdk/driver';
import { type ConnectionState, initialState } from '../../sdk/state';
import { tabStore } from '../../sdk/storage';
import type { Deed } from '../../sdk/view';
import { storedToken } from '../account';

/** Which instance this tab was connected to, so that a reload finds its place. */
const instanceKey = 'gatekeeper instance';
const store = tabStore();

/** Testers play an older or newer client with ?build=… */
const clientBuild = new URLSearchParams(location.search).get('build') ?? 'web-1';

export interface Connection {
  state: ConnectionState;
  instanceId: string | null;
  connect: (instanceId: string, characterId: string) => void;
  act: (deed: Exclude<Deed, 'play'>) => void;
  /** False where the browser did not allow it. */
  play: (gameUrl: string) => Promise<boolean>;
}

/** One connection a tab, to whichever instance was asked for last. */
export function useConnection(): Connection {
  const gate = useRef<Gatekeeper | null>(null);
  const [instanceId, setInstanceId] = useState(() => store.getItem(instanceKey));
  const [state, setState] = useState<ConnectionState>(initialState);

  const open = useCallback((id: string): Gatekeeper => {
    gate.current?.dispose();
    const opened = createGatekeeper({ instanceId: id, clientBuild, getToken: storedToken });
    gate.current = opened;
    opened.subscribe(setState);
    store.setItem(instanceKey, id);
    setInstanceId(id);
    return opened;
  }, []);

  // Before the first drawing, or a reload would flash the idle surface.
  useLayoutEffect(() => {
    const former = store.getItem(instanceKey);
    if (former !== null) open(former);
    return () => gate.current?.dispose();
  }, [open]);

  const characterId = 'request' in state ? state.request.characterId : null;
  return {
    state,
    instanceId,
    connect: (id, characterId) => open(id).connect(characterId),
    act: (deed) => carryOut(deed, gate.current, characterId),
    play: (gameUrl) => openGame(gameUrl, gate.current),
  };
}
