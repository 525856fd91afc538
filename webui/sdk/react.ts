/** A player's connection as a React hook. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type ConnectionState, createGatekeeper, type Gatekeeper, initialState, type Options } from './gatekeeper';

export interface Connection extends Omit<Gatekeeper, 'state' | 'subscribe' | 'dispose'> {
  state: ConnectionState;
}

const deaf = () => () => {};

/**
 * One connection as long as the component is mounted and `url`, `instanceId` and `clientBuild` stay the same; `getToken` may
 * change freely. Unmounting lets go without leaving: whoever comes back within the grace has the same seat.
 */
export function useGatekeeper(options: Options): Connection {
  const { url, instanceId, clientBuild } = options;
  const [gate, setGate] = useState<Gatekeeper | null>(null);
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const { surroundings } = latest.current;
    const getToken = () => latest.current.getToken();
    const opened = createGatekeeper({ url, instanceId, clientBuild, getToken, surroundings });
    setGate(opened);
    return () => opened.dispose();
  }, [url, instanceId, clientBuild]);

  const state = useSyncExternalStore(
    gate?.subscribe ?? deaf,
    () => gate?.state() ?? initialState,
    () => initialState,
  );
  return {
    state,
    connect: useCallback((characterId) => gate?.connect(characterId), [gate]),
    confirmReplacement: useCallback(() => gate?.confirmReplacement(), [gate]),
    declineReplacement: useCallback(() => gate?.declineReplacement(), [gate]),
    leave: useCallback(() => gate?.leave(), [gate]),
    send: useCallback((data) => gate?.send(data) ?? false, [gate]),
    listen: useCallback((listener) => gate?.listen(listener) ?? (() => {}), [gate]),
    ticket: useCallback(() => gate?.ticket() ?? Promise.reject(new Error('not connected')), [gate]),
  };
}
