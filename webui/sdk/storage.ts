import type { Saved } from './state';

/** The part of the Web Storage API that is needed. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Where this tab keeps its place, so that a reload is not a loss. One entry an instance and origin. */
export interface PlaceStore {
  load(): Saved | null;
  save(saved: Saved): void;
  forget(): void;
}

export function placeStore(store: KeyValueStore, origin: string, instanceId: string): PlaceStore {
  const key = `gatekeeper ${origin} ${instanceId}`;
  return {
    load: () => parseSaved(store.getItem(key)),
    save: (saved) => store.setItem(key, JSON.stringify(saved)),
    forget: () => store.removeItem(key),
  };
}

/** A tab's own storage; memory where the browser bars it, which costs only the reload. */
export function tabStore(): KeyValueStore {
  try {
    const probe = 'gatekeeper probe';
    sessionStorage.setItem(probe, probe);
    sessionStorage.removeItem(probe);
    return sessionStorage;
  } catch {
    return memoryStore();
  }
}

export function memoryStore(): KeyValueStore {
  const entries = new Map<string, string>();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  };
}

/** Anything that an older version or another script left behind counts as nothing. */
function parseSaved(text: string | null): Saved | null {
  if (text === null) return null;
  try {
    const saved = JSON.parse(text) as Partial<Saved>;
    const isWhole =
      typeof saved.attachment?.token === 'string' && saved.request !== undefined && typeof saved.since === 'number';
    return isWhole && (saved.place === 'seat' || saved.place === 'queue') ? (saved as Saved) : null;
  } catch {
    return null;
  }
}
