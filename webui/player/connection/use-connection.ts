import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
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
  ticket: () => Promise<string>;
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

  function act(deed: Exclude<Deed, 'play'>): void {
    switch (deed) {
      case 'connect':
        return gate.current?.connect('request' in state ? (state.request.characterId ?? undefined) : undefined);
      case 'confirm':
        return gate.current?.confirmReplacement();
      case 'decline':
        return gate.current?.declineReplacement();
      case 'leave':
        return gate.current?.leave();
      case 'reload':
        return location.reload();
    }
  }

  return {
    state,
    instanceId,
    connect: (id, characterId) => open(id).connect(characterId),
    act,
    ticket: () => gate.current?.ticket() ?? Promise.reject(new Error('not connected')),
  };
}
