/** A real OIDC provider, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../testdata/oidc');

export async function startProvider(): Promise<{ issuer: string; stop: () => void }> {
  // A native client may come from any port of this machine.
  const child = spawn('node', ['provider.mjs', '0', 'web', 'http://127.0.0.1/'], { cwd: folder });
  const [line] = await once(child.stdout, 'data');
  return { issuer: `${line}`.trim(), stop: () => void child.kill() };
}
