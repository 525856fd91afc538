import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Wire } from './api';

export type Me = Wire['AdminMe'];

export const MeContext = createContext<Me>({ name: '', role: 'viewer', hasTotp: false, isLab: false, version: '' });
export const useMe = () => useContext(MeContext);

const roles: Wire['AdminRole'][] = ['viewer', 'operator', 'owner'];

/** Only what to show: the server decides. */
export function useMay(needed: Wire['AdminRole']): boolean {
  return roles.indexOf(useMe().role) >= roles.indexOf(needed);
}
