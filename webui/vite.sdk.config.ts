import { defineConfig } from 'vite';
import { banner } from './vite.banner.ts';

// The client library on its own, for pages that are not ours.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [banner],
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: 'dist/sdk',
    lib: { entry: 'sdk/index.ts', formats: ['es'], fileName: () => 'gatekeeper.js' },
    // Readable in a studio's debugger; the server compresses it anyway.
    minify: false,
  },
});
