/** The real binary on a free port and a fresh folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const webui = resolve(import.meta.dirname, '..');
const binary = resolve(webui, process.env.GATEKEEPER_BIN ?? '../gatekeeper');

export interface Server {
  url: string;
  /** Everything the server printed so far. */
  printed: () => string;
  /** Runs a command of the binary against this server. */
  command: (...args: string[]) => Promise<string>;
  /** As a loss of power would, to the process at least. */
  kill: () => Promise<void>;
  /** As whoever runs it would: with the chance to say goodbye. */
  stop: () => Promise<void>;
  /** Calls it as operators and game servers do, with the key that it left in its folder. */
  call: (method: string, path: string, body?: object) => Promise<unknown>;
  start: () => Promise<void>;
  remove: () => Promise<void>;
}

export async function startServer(...flags: string[]): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'gatekeeper-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  let output = '';
  let running: ChildProcess | undefined;

  async function start(): Promise<void> {
    const child = spawn(binary, ['serve', '--listen', listen, '--data', folder, ...flags]);
    running = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    await untilReady(
      url,
      () => child.exitCode,
      () => output,
    );
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = running;
    running = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
  const kill = () => end('SIGKILL');

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const { key } = JSON.parse(await readFile(join(folder, 'server.json'), 'utf8')) as { key: string };
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  async function command(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(binary, [...args, '--data', folder]);
    return stdout;
  }

  async function remove(): Promise<void> {
    await kill();
    await rm(folder, { recursive: true, force: true });
  }

  await start();
  return { url, printed: () => output, command, kill, stop: () => end('SIGTERM'), call, start, remove };
}

async function untilReady(url: string, exitCode: () => number | null, output: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (exitCode() !== null) throw new Error(`the server ended with ${exitCode()}:\n${output()}`);
    const response = await fetch(`${url}/readyz`).catch(() => null);
    if (response?.ok) return;
    await pause(50);
  }
  throw new Error(`the server was not ready in 10 s:\n${output()}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
