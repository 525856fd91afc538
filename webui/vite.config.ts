import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { banner } from './vite.banner.ts';

/** What both pages need. Measured from here: the folder of the checkout may have any name. */
const isShared = (file: string) => /^(node_modules\/preact|ui|texts)\//.test(relative(import.meta.dirname, file));

// Fixed names: the server's ETag says when a file has changed, and a rebuild can be compared byte by byte.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [banner],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { player: 'index.html', admin: 'admin/index.html' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
        codeSplitting: { groups: [{ name: 'shared', test: isShared }] },
      },
    },
  },
  test: { include: ['sdk/**/*.test.ts'] },
});
