import { asOutcome, asStatus } from './messages';
import type { Request, Unstamped } from './state';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type GetToken = () => string | null | Promise<string | null>;

/** The server decides within 10 s; the rest is the way there and back. */
const answerMs = 12_000;

/** Calls in the player's name. Undefined where no answer came: why, a browser does not tell. */
export interface Caller {
  call(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response | undefined>;
}

export function createCaller(origin: string, fetch: Fetch, getToken: GetToken): Caller {
  return {
    async call(method, path, body, signal) {
      try {
        const token = await getToken();
        const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
        if (body) headers['Content-Type'] = 'application/json';
        // Leaving must get through though the page is being closed; an attempt is not worth that.
        const keepalive = signal === undefined;
        return await fetch(origin + path, { method, headers, body: body && JSON.stringify(body), signal, keepalive });
      } catch {
        return undefined;
      }
    },
  };
}

export interface Question {
  request: Request;
  replaceToken: string | null;
  /** The former question got no answer, so this is the same attempt again. */
  sameAttempt: boolean;
}

/** What the server answered, or that it did not. */
export type Answer = Extract<Unstamped, { type: 'outcome' | 'status' | 'unreachable' }>;

/** One question at a time; a new one or `abandon` silences the one before. Every question gets an answer. */
export interface Asker {
  connect(question: Question): void;
  poll(characterId: string): void;
  abandon(): void;
}

export function createAsker(
  caller: Caller,
  instanceId: string,
  clientBuild: string,
  answer: (answer: Answer) => void,
): Asker {
  let current: AbortController | undefined;
  let attemptId = '';

  function abandon(): void {
    current?.abort();
    current = undefined;
  }

  /** Bounded as a whole: whoever is asked for the player token may take for ever, too. */
  async function ask(put: (signal: AbortSignal) => Promise<Answer>): Promise<void> {
    abandon();
    const mine = new AbortController();
    current = mine;
    let deadline: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<Answer>((resolve) => {
      deadline = setTimeout(() => resolve(noAnswer()), answerMs);
    });
    const answered = await Promise.race([put(mine.signal), tooLate]);
    clearTimeout(deadline);
    if (current !== mine) return;
    abandon();
    answer(answered);
  }

  return {
    connect({ request, replaceToken, sameAttempt }) {
      if (!sameAttempt) attemptId = randomUuid();
      const query = replaceToken === null ? '' : `?replaceToken=${encodeURIComponent(replaceToken)}`;
      const body = { characterId: request.characterId ?? undefined, clientBuild, attemptId };
      void ask(async (signal) => {
        const response = await caller.call('POST', `/instances/${instanceId}/connect${query}`, body, signal);
        const outcome = asOutcome(await response?.json().catch(() => null));
        return outcome ? { type: 'outcome', outcome } : noAnswer(response);
      });
    },
    poll(characterId) {
      const path = `/instances/${instanceId}/queue/status?characterId=${encodeURIComponent(characterId)}`;
      void ask(async (signal) => {
        const response = await caller.call('GET', path, undefined, signal);
        if (!response || response.status === 429 || response.status >= 500) return noAnswer(response);
        return { type: 'status', status: asStatus(await response.json().catch(() => null)) };
      });
    },
    abandon,
  };
}

/** An overloaded server, or a proxy in front of it, may say when to come back; a date is not worth reading. */
function noAnswer(response?: Response): Answer {
  const seconds = Number(response?.headers.get('Retry-After'));
  return { type: 'unreachable', retryAfterMs: seconds > 0 ? Math.min(seconds, 60) * 1000 : 0 };
}

/** `crypto.randomUUID` is missing on plain HTTP, which is how a LAN event is reached. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
