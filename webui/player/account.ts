/** The player token outlives the tab: a player logs in once a month, not once a window. */
const key = 'gatekeeper token';

/** Where the browser bars storage, the log-in lasts as long as the page. */
let inMemory: string | null = null;

export function storedToken(): string | null {
  try {
    return localStorage.getItem(key) ?? inMemory;
  } catch {
    return inMemory;
  }
}

export function storeToken(token: string | null): void {
  inMemory = token;
  try {
    if (token === null) localStorage.removeItem(key);
    else localStorage.setItem(key, token);
  } catch {
    // Already kept in memory.
  }
}
