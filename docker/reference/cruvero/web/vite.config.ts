/** How the page is built: every asset is a file of its own with its hash in its name, so that a strict CSP serves it. */
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    // An inlined asset is a data: URL, which "default-src 'self'" blocks.
    assetsInlineLimit: 0,
    // There is one chunk, so nothing is preloaded.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // For work on the page: `npm run dev` here, the API on its own port, the prefix taken off as cmd/ui does.
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", rewrite: (path) => path.replace(/^\/api/, "") } } },
});
