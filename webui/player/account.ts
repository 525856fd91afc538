import { keep, kept } from '../ui/kept';

/** The player token outlives the tab: a player logs in once a month, not once a window. */
const key = 'gatekeeper token';

export function storedToken(): string | null {
  return kept(key);
}

export function storeToken(token: string | null): void {
  keep(key, token);
}
