import type { Saved } from './state';

/** The part of the Web Storage API that is needed. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Where this tab keeps its place, so that a reload is not a loss. One entry an instance and origin. */
export interface PlaceStore {
  /** `isHeld`: the page that saved it never let go, so it may still be there, in the tab that this one is a copy of. */
  load(): { saved: Saved; isHeld: boolean } | null;
  /** Saves and holds. */
  save(saved: Saved): void;
  /** The page goes away, and says so to the one that comes after it. */
  letGo(): void;
  /** The page is back from where browsers keep those that were left. */
  hold(): void;
  forget(): void;
}

export function placeStore(store: KeyValueStore, origin: string, instanceId: string): PlaceStore {
  const key = `gatekeeper ${origin} ${instanceId}`;
  const load = () => parseSaved(store.getItem(key));
  const write = (saved: Saved, isHeld: boolean) => store.setItem(key, JSON.stringify({ saved, isHeld }));
  function mark(isHeld: boolean): void {
    const found = load();
    if (found) write(found.saved, isHeld);
  }
  return {
    load,
    save: (saved) => write(saved, true),
    letGo: () => mark(false),
    hold: () => mark(true),
    forget: () => store.removeItem(key),
  };
}

/** A tab's own storage; memory where the browser bars it or it is full, which costs only the reload. */
export function tabStore(): KeyValueStore {
  const memory = memoryStore();
  function either<T>(use: (store: KeyValueStore) => T): T {
    try {
      return use(sessionStorage);
    } catch {
      return use(memory);
    }
  }
  return {
    getItem: (key) => either((store) => store.getItem(key)) ?? memory.getItem(key),
    setItem: (key, value) => either((store) => store.setItem(key, value)),
    removeItem: (key) => {
      memory.removeItem(key);
      either((store) => store.removeItem(key));
    },
  };
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
function parseSaved(text: string | null): ReturnType<PlaceStore['load']> {
  if (text === null) return null;
  try {
    const { saved, isHeld } = JSON.parse(text) as { saved: Partial<Saved>; isHeld: boolean };
    const isWhole =
      typeof saved.attachment?.token === 'string' && saved.request !== undefined && typeof saved.since === 'number';
    const isPlace = saved.place === 'seat' || saved.place === 'queue';
    return isWhole && isPlace ? { saved: saved as Saved, isHeld } : null;
  } catch {
    return null;
  }
}
