import { asOutcome } from './messages';
import type { ConnectOutcome, Request } from './state';

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

/** One attempt to connect at a time; a new one or `abandon` silences the one before. */
export interface Asker {
  ask(question: Question, answer: (outcome: ConnectOutcome | null) => void): void;
  abandon(): void;
}

export function createAsker(caller: Caller, instanceId: string, clientBuild: string): Asker {
  let current: AbortController | undefined;
  let attemptId = '';

  async function put({ request, replaceToken }: Question, signal: AbortSignal): Promise<ConnectOutcome | null> {
    const query = replaceToken === null ? '' : `?replaceToken=${encodeURIComponent(replaceToken)}`;
    const body = { characterId: request.characterId ?? undefined, clientBuild, attemptId };
    const response = await caller.call('POST', `/instances/${instanceId}/connect${query}`, body, signal);
    return asOutcome(await response?.json().catch(() => null));
  }

  function abandon(): void {
    current?.abort();
    current = undefined;
  }

  return {
    async ask(question, answer) {
      abandon();
      const mine = new AbortController();
      current = mine;
      if (!question.sameAttempt) attemptId = randomUuid();
      const deadline = setTimeout(() => mine.abort(), answerMs);
      const outcome = await put(question, mine.signal);
      clearTimeout(deadline);
      if (current === mine) answer(outcome);
    },
    abandon,
  };
}

/** `crypto.randomUUID` is missing on plain HTTP, which is how a LAN event is reached. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
