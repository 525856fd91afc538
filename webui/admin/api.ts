import type { components } from '../sdk/wire';

export type Wire = components['schemas'];

/** An answer, or why there is none; `code` is empty where the server gave no answer at all. */
export type Answer<T> = { ok: true; body: T; etag: string } | { ok: false; code: string; detail: string };

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Options {
  body?: object;
  ifMatch?: string;
  /** Instead of JSON. */
  file?: Blob;
}

const patience = 20_000;

/** What hears that the log-in is over, so that every call need not look. */
let onLoggedOut: () => void = () => {};

export function whenLoggedOut(hears: () => void): void {
  onLoggedOut = hears;
}

export async function call<T = undefined>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = {};
  if (options.body) headers['Content-Type'] = 'application/json';
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  const body = options.file ?? (options.body ? JSON.stringify(options.body) : null);
  try {
    const response = await fetch(`/admin/api${path}`, { method, headers, body, signal: AbortSignal.timeout(patience) });
    const text = await response.text();
    if (response.ok) {
      return { ok: true, body: (text ? JSON.parse(text) : undefined) as T, etag: response.headers.get('ETag') ?? '' };
    }
    const problem = JSON.parse(text) as Wire['Problem'];
    if (problem.code === 'NOT_AUTHENTICATED') onLoggedOut();
    const wait = Number(response.headers.get('Retry-After') ?? 0);
    const again =
      wait > 5 ? ` Try again in ${wait < 120 ? `${wait} seconds` : `${Math.ceil(wait / 60)} minutes`}.` : '';
    return { ok: false, code: problem.code, detail: (problem.detail || problem.title) + again };
  } catch {
    return { ok: false, code: '', detail: 'The server does not answer. Try again in a moment.' };
  }
}

export function query(parameters: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '' && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}
