/** A page whose game is relayed: the library's socket is the game's own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from './scene';
import { startServer } from './server';

const games = resolve(import.meta.dirname, '../../testdata/games');

/** The echo game, which knows nothing of gatekeeper. */
async function startEcho(binary: string, listen: string): Promise<{ url: string; kill: () => Promise<void> }> {
  const child: ChildProcess = spawn(binary, ['--listen', listen]);
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  const kill = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { url: `${line}`.trim(), kill };
}

/** What the page keeps for the test to read. */
interface Probe {
  heard: string[];
  states: string[];
  say: (text: string) => boolean;
}

test('a page plays a relayed game, loses it and finds it again', async ({ browser }) => {
  const folder = await mkdtemp(join(tmpdir(), 'echo-'));
  const binary = join(folder, 'echo');
  execFileSync('go', ['build', '-o', binary, './echo'], { cwd: games });
  let echo = await startEcho(binary, '127.0.0.1:0');
  const server = await startServer();
  await server.command('instance', 'set', 'main', '--upstream', echo.url);
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url);
  const probe = await page.evaluateHandle(async (): Promise<Probe> => {
    const call = async (path: string, body: object, token = '') => {
      const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.json() as Promise<Record<string, string>>;
    };
    const { token = '' } = await call('/auth/register', { name: 'relayed', password: 'a password' });
    const { characterId } = await call('/characters', { name: 'Relayed' }, token);
    const sdk = '/sdk/gatekeeper.js';
    const { createGatekeeper } = (await import(sdk)) as typeof import('../sdk/gatekeeper');
    const gate = createGatekeeper({ instanceId: 'main', clientBuild: '1', getToken: () => token });
    const kept: Probe = { heard: [], states: [], say: (text) => gate.send(text) };
    gate.listen((data) => kept.heard.push(`${data}`));
    gate.subscribe((state) => {
      const isPlaying = state.kind === 'admitted' && state.isRelayed;
      kept.states.push(isPlaying ? 'playing' : state.kind);
    });
    gate.connect(characterId);
    return kept;
  });
  const now = () => probe.evaluate(({ states }) => states.at(-1));
  await expect.poll(now).toBe('playing');
  expect(await probe.evaluate(({ say }) => say('{"type":"notice"}'))).toBe(true);
  await expect.poll(() => probe.evaluate(({ heard }) => heard)).toEqual(['{"type":"notice"}']);

  await echo.kill();
  await expect.poll(() => probe.evaluate(({ states }) => states)).toContain('reconnecting');
  echo = await startEcho(binary, new URL(echo.url).host);
  await expect.poll(now, { timeout: 30_000 }).toBe('playing');
  await probe.evaluate(({ say }) => say('again'));
  await expect.poll(() => probe.evaluate(({ heard }) => heard.at(-1))).toBe('again');

  await page.context().close();
  await echo.kill();
  await server.remove();
  await rm(folder, { recursive: true });
});
