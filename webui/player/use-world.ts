import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, type Instance, type Me } from './api';

export interface World {
  me: Me | null;
  instances: Instance[] | null;
  isStale: boolean;
  refresh: () => void;
}

const refreshMs = 3_000;

/** The account and the instances, refreshed while the page is looked at. */
export function useWorld(onLoggedOut: () => void): World {
  const [me, setMe] = useState<Me | null>(null);
  const [instances, setInstances] = useState<Instance[] | null>(null);
  const [isStale, setStale] = useState(false);

  const refresh = useCallback(async () => {
    const [account, list] = await Promise.all([api.me(), api.instances()]);
    if (!account.ok && account.problem.status === 401) return onLoggedOut();
    if (account.ok) setMe(account.value);
    if (list.ok) setInstances(list.value.instances);
    setStale(!account.ok || !list.ok);
  }, [onLoggedOut]);

  useEffect(() => {
    void refresh();
    const timer = setInterval(() => document.hidden || void refresh(), refreshMs);
    return () => clearInterval(timer);
  }, [refresh]);

  return { me, instances, isStale, refresh: useCallback(() => void refresh(), [refresh]) };
}
