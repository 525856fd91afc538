/** What a studio gets by npm: the packed library, its types, and the example of its README. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { install } from '../e2e/studio';

const webui = resolve(import.meta.dirname, '..');
const { folder, remove } = install();
afterAll(remove);
const readme = readFileSync(join(folder, 'node_modules', 'gatekeeper-sdk', 'README.md'), 'utf8');

test('the package has the library, its types and its words, and nothing else', () => {
  const files = readdirSync(join(folder, 'node_modules', 'gatekeeper-sdk')).sort();
  const built = ['element', 'gatekeeper', 'react'].flatMap((name) => [`${name}.d.ts`, `${name}.js`, `${name}.js.map`]);
  expect(files).toEqual(['README.md', 'package.json', 'texts', ...built].sort());
});

test('the core needs nothing and has at most 8 KiB', () => {
  const core = readFileSync(join(folder, 'node_modules', 'gatekeeper-sdk', 'gatekeeper.js'), 'utf8');
  expect(core).not.toMatch(/\bimport\b[^(]/);
  expect(gzipSync(core, { level: 9 }).length).toBeLessThanOrEqual(8 * 1024);
});

test.each(['bundler', 'nodenext'])(
  'its types satisfy a strict compiler, module resolution %s',
  (moduleResolution) => {
    const page = readFileSync(join(webui, 'e2e', 'studio', 'react-page.tsx'), 'utf8');
    writeFileSync(join(folder, 'page.tsx'), page);
    writeFileSync(join(folder, 'plain.ts'), plain);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
    const compilerOptions = {
      strict: true,
      noEmit: true,
      jsx: 'react-jsx',
      module,
      moduleResolution,
      target: 'es2022',
    };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] }, files: ['page.tsx', 'plain.ts'] }),
    );
    const compiler = join(webui, 'node_modules', '.bin', 'tsc');
    const { stdout } = spawnSync(compiler, ['-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  },
  60_000,
);

test('the first example is short', () => {
  const [, example = ''] = /```html\n([\s\S]*?)```/.exec(readme) ?? [];
  const script = /<script type="module">\n([\s\S]*?)<\/script>/.exec(example)?.[1] ?? '';
  expect(script.trim().split('\n').length).toBeGreaterThan(5);
  expect(script.trim().split('\n').length).toBeLessThanOrEqual(15);
});

/** Every state is told apart by its kind, and has what the README says. */
const plain = `
import { createGatekeeper, type ConnectionState } from 'gatekeeper-sdk';
import 'gatekeeper-sdk/element';

const gate = createGatekeeper({ instanceId: 'main', clientBuild: '1', getToken: async () => 'token' });
function say(state: ConnectionState): string {
  switch (state.kind) {
    case 'idle': return state.because;
    case 'connecting': return String(state.since);
    case 'queued': return \`\${state.position} of \${state.depth}, \${state.estimatedWaitSeconds ?? 'unknown'}\`;
    case 'admitted': return state.sessionId;
    case 'reconnecting': return \`\${state.cause} until \${state.until}\`;
    case 'replacing': return state.reason;
    case 'failed': return \`\${state.reason} \${state.retryAt ?? ''} \${state.requiredBuild ?? ''}\`;
    case 'timeout': return 'again';
  }
}
gate.subscribe((state) => say(state));
const ticket: Promise<string> = gate.ticket();
document.querySelector('gatekeeper-connect')?.gatekeeper?.connect('character');
export { ticket };
`;
