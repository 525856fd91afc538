import type { components } from '../sdk/wire';
import { storedToken } from './account';

type Wire = components['schemas'];
export type AuthConfig = Wire['AuthConfig'];
export type Character = Wire['Character'];
export type Instance = Wire['Instance'];
export type Login = Wire['Login'];
export type Me = Wire['Me'];

export interface Problem {
  /** 0 where no answer came. */
  status: number;
  code: string;
  retryAfterSeconds: number | null;
}
export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export const api = {
  authConfig: () => call<AuthConfig>('GET', '/auth/config'),
  register: (name: string, password: string) => call<Login>('POST', '/auth/register', { name, password }),
  logIn: (name: string, password: string) => call<Login>('POST', '/auth/login', { name, password }),
  guest: (name: string) => call<Login>('POST', '/auth/guest', { name }),
  logOut: () => call<undefined>('POST', '/auth/logout'),
  me: () => call<Me>('GET', '/me'),
  changePassword: (password: string, newPassword: string) =>
    call<undefined>('PUT', '/me/password', { password, newPassword }),
  replacePassword: (name: string, password: string, newPassword: string) =>
    call<Login>('POST', '/auth/password', { name, password, newPassword }),
  logOutEverywhere: () => call<undefined>('POST', '/auth/logout-everywhere'),
  upgrade: (name: string, password: string) => call<Me>('POST', '/auth/upgrade', { name, password }),
  deleteMe: (password: string) => call<undefined>('DELETE', '/me', password === '' ? undefined : { password }),
  makeCharacter: (name: string) => call<Character>('POST', '/characters', { name }),
  deleteCharacter: (characterId: string) => call<undefined>('DELETE', `/characters/${characterId}`),
  activate: (characterId: string | null) => call<Me>('PUT', '/me/active-character', { characterId }),
  instances: () => call<Wire['InstanceList']>('GET', '/instances'),
};

async function call<T>(method: string, path: string, body?: object): Promise<Result<T>> {
  const token = storedToken();
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  if (body) headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    const value: unknown = text === '' ? undefined : JSON.parse(text);
    return response.ok ? { ok: true, value: value as T } : { ok: false, problem: problemOf(response, value) };
  } catch {
    return { ok: false, problem: { status: 0, code: '', retryAfterSeconds: null } };
  }
}

function problemOf(response: Response, body: unknown): Problem {
  const { code } = (body ?? {}) as Partial<Wire['Problem']>;
  const retryAfter = response.headers.get('Retry-After');
  return {
    status: response.status,
    code: code ?? '',
    retryAfterSeconds: retryAfter === null ? null : Number(retryAfter),
  };
}
