import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { banner } from './vite.banner.ts';

const inHere = (file: string) => relative(import.meta.dirname, file);
/** What both pages need. Measured from here: the folder of the checkout may have any name. */
const isShared = (file: string) => /^(node_modules\/preact|ui)\//.test(inHere(file));
const isLanguage = (file: string | null) => file !== null && /^texts\/(?!index|en)/.test(inHere(file));

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
        // A reader loads the one language that is theirs.
        chunkFileNames: ({ facadeModuleId }) => (isLanguage(facadeModuleId) ? 'texts/[name].js' : '[name].js'),
        assetFileNames: '[name][extname]',
        codeSplitting: { groups: [{ name: 'shared', test: isShared }] },
      },
    },
  },
  test: { include: ['{sdk,texts,report,admin,player}/**/*.test.ts'] },
});
