import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** One folder of static files, served by the console's server. Nothing is inlined: its Content-Security-Policy allows `self` alone. */
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/auth': 'http://127.0.0.1:8080' } },
});
