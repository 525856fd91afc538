/** A studio's site on an origin of its own: its page with React, built on the packed library, and one with the element. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const webui = resolve(import.meta.dirname, '..');

export interface Studio {
  url: string;
  remove: () => Promise<void>;
}

/** Packs the library as `npm publish` would, and unpacks it where `npm install` would put it. */
export function install(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'gatekeeper-studio-'));
  const installed = join(folder, 'node_modules', 'gatekeeper-sdk');
  mkdirSync(installed, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: join(webui, 'dist', 'sdk'),
    encoding: 'utf8',
  });
  execFileSync('tar', ['xzf', join(folder, packed.trim()), '--strip-components=1', '-C', installed]);
  mkdirSync(join(folder, 'node_modules', '@types'));
  for (const name of ['react', 'react-dom', '@types/react', '@types/react-dom', 'scheduler', 'csstype']) {
    symlinkSync(join(webui, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a studio's bundler makes of the page. */
async function bundle(): Promise<Buffer> {
  const { folder, remove } = install();
  const page = join(folder, 'react-page.tsx');
  try {
    copyFileSync(join(import.meta.dirname, 'studio', 'react-page.tsx'), page);
    await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      oxc: { jsx: { runtime: 'automatic', importSource: 'react' } },
      build: { lib: { entry: page, formats: ['es'], fileName: () => 'page.js' }, outDir: 'built' },
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    return readFileSync(join(folder, 'built', 'page.js'));
  } finally {
    remove();
  }
}

export async function openStudio(): Promise<Studio> {
  const script = await bundle();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://studio');
    if (pathname === '/react-page.js') return response.setHeader('Content-Type', 'text/javascript').end(script);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(pathname === '/react' ? reactPage : elementPage(searchParams.get('gate') ?? ''));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async remove() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">';

const reactPage = `${head}<title>Arena</title><div id="app"></div><script type="module" src="/react-page.js"></script>`;

const elementPage = (gate: string) => `${head}<title>Arena</title><main><h1>The arena</h1>
<style>gatekeeper-connect { --gatekeeper-accent: #8a1c4a; --gatekeeper-on-accent: #fff; --gatekeeper-color-scheme: light }</style>
<gatekeeper-connect url="${gate}" instance="main" build="studio-1" name="the arena">
  <span slot="idle-lead">The arena opens at eight.</span>
</gatekeeper-connect></main>
<script type="module">
  import '${gate}/sdk/element.js';
  const element = document.querySelector('gatekeeper-connect');
  element.getToken = () => new URLSearchParams(location.search).get('token');
  element.addEventListener('statechange', ({ detail }) => { document.title = detail.kind });
</script>`;
