import { defineConfig } from 'vite';
import { banner } from './vite.banner.ts';

// One script and one style, which a report carries in itself: it is read from a disk, where nothing can be asked for.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [banner],
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist/report',
    modulePreload: false,
    // Or it would be written into the page by the script, which the page's policy forbids.
    cssCodeSplit: false,
    rolldownOptions: {
      input: 'report/main.tsx',
      output: { format: 'iife', entryFileNames: 'report.js', assetFileNames: 'report[extname]' },
    },
  },
});
