import { defineConfig } from "vite";

// For work on the interface: PINRELAY_URL names a running service, whose API the development server passes on.
const service = process.env["PINRELAY_URL"];

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  // Nothing inline: the page runs under a policy that allows files of its own origin alone.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022" },
  ...(service && {
    server: {
      proxy: Object.fromEntries(
        ["/api", "/v1", "/sign-in"].map((path) => [
          path,
          { target: service, changeOrigin: true, headers: { Origin: service } },
        ]),
      ),
    },
  }),
});
