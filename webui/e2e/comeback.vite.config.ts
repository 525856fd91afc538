import { defineConfig } from 'vite';

/** One file that Node runs as it is: `vite build --config e2e/comeback.vite.config.ts --outDir DIR`. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  logLevel: 'error',
  build: {
    target: 'node20',
    ssr: 'comeback.ts',
    emptyOutDir: true,
    rolldownOptions: { output: { entryFileNames: 'comeback.mjs' } },
  },
});
