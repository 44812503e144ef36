import { readFileSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// A running server to develop against: cupola serve.
const server = process.env.CUPOLA_URL ?? 'http://127.0.0.1:8080'

// People come back from signing in to /portal; the tool only knows /portal/.
const plainFolder: Plugin = {
  name: 'plain-folder',
  configureServer(dev) {
    dev.middlewares.use((request, _, next) => {
      request.url = request.url?.replace(/^\/portal(?=\?|$)/, '/portal/')
      next()
    })
  },
}

// The pages are a part of the binary, so its version is theirs.
const manifest = readFileSync(new URL('../Cargo.toml', import.meta.url), 'utf8')
const version = /^version = "([^"]+)"/m.exec(manifest)?.[1]
if (!version) throw new Error('Cargo.toml has no version')

export default defineConfig({
  define: { __CUPOLA_VERSION__: JSON.stringify(version) },
  base: '/portal/',
  plugins: [react(), plainFolder],
  build: {
    target: 'es2022',
    // Nothing inline: the policy lets no data: script or style in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      // Everything but the pages themselves. The server compares the origin of a request with the host that it was asked
      // under, so both are told to be its own.
      '^/(?!portal(/(?!session/)|$))': {
        target: server,
        changeOrigin: true,
        headers: { origin: server },
      },
      '^/portal/session/': { target: server, changeOrigin: true, headers: { origin: server } },
    },
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/setup.test-env.ts'] },
})
