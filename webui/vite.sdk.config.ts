import { defineConfig, type Plugin } from 'vite';
import { banner } from './vite.banner.ts';

/** The library proper stays one file; the others import it as a page does, by its address beside them. */
const besideCore: Plugin = {
  name: 'beside-core',
  enforce: 'pre',
  resolveId: (source) => (source === './gatekeeper' ? { id: './gatekeeper.js', external: true } : null),
};

// The client library on its own, for pages that are not ours: a folder that the server serves and that npm can pack.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [banner, besideCore],
  publicDir: 'sdk/package',
  build: {
    target: 'es2022',
    outDir: 'dist/sdk',
    lib: {
      entry: { gatekeeper: 'sdk/gatekeeper.ts', react: 'sdk/react.ts', element: 'sdk/element.ts' },
      formats: ['es'],
    },
    sourcemap: true,
    rolldownOptions: {
      external: ['react'],
      output: { minify: true, entryFileNames: '[name].js', chunkFileNames: 'texts/[name].js' },
    },
  },
});
