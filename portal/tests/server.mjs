// A server of its own for each story: the real binary, free ports, an empty data folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Front } from './front.mjs'

const READY_MS = 60_000
const STOP_MS = 30_000

/** The binary: CUPOLA_BIN, or what the workspace's build left. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url))
  const path = process.env.CUPOLA_BIN ?? join(target, 'debug', 'cupola')
  if (!existsSync(path)) throw new Error(`there is no ${path}: cargo build --workspace, or set CUPOLA_BIN`)
  return path
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/** A server that can be stopped and started again on the same ports and data. */
export class Server {
  static async start() {
    const server = new Server()
    server.folder = await mkdtemp(join(tmpdir(), 'cupola-portal-'))
    // Ports of its own, because a page must find it again after a restart.
    server.ports = { https: await freePort(), http: await freePort() }
    server.origin = `http://127.0.0.1:${server.ports.http}`
    if (process.env.CUPOLA_PORTAL_DIST) {
      server.front = await Front.before(server.origin)
      server.origin = server.front.origin
    }
    await server.run()
    return server
  }

  async run(...more) {
    const flags = [
      'serve',
      '--data-dir',
      join(this.folder, 'data'),
      '--listen',
      `127.0.0.1:${this.ports.https}`,
      '--http-listen',
      `127.0.0.1:${this.ports.http}`,
      ...more,
    ]
    const env = { ...process.env, CUPOLA_LOG: 'warn', HOME: this.folder }
    for (const name of Object.keys(env)) if (name.startsWith('CUPOLA_') && name !== 'CUPOLA_LOG') delete env[name]
    this.child = spawn(binary(), flags, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.said = ''
    this.child.stdout.on('data', text => {
      this.said += text
    })
    this.child.stderr.on('data', text => {
      this.said += text
    })
    const until = Date.now() + READY_MS
    while (!this.said.includes('Stop with Ctrl-C')) {
      if (this.child.exitCode !== null || Date.now() > until) throw new Error(`the server did not start:\n${this.said}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    this.invitation ??= /http\S+\/sign-in\/invite#(\S+)/.exec(this.said)?.[1]
  }

  async stop() {
    if (this.child.exitCode !== null) return
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS)
    await once(this.child, 'exit')
    clearTimeout(timer)
  }

  async remove() {
    await this.stop()
    this.front?.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** What the command line would use to act as the administrator. */
  async client() {
    const { readFile } = await import('node:fs/promises')
    return JSON.parse(await readFile(join(this.folder, 'data', 'client.json'), 'utf8'))
  }
}
