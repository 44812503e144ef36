// Can the server be reached? One answer for the whole page, so that a restart is said once and not by every table.

export type Connection = { works: true } | { works: false; since: number }

const PROBE_EVERY_MS = 1500
const PROBE_TIMEOUT_MS = 5000

const listeners = new Set<() => void>()
let state: Connection = { works: true }
let probing = false

export function connection(): Connection {
  return state
}

export function subscribeToConnection(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function become(next: Connection) {
  state = next
  for (const listener of listeners) listener()
}

export function connectionWorks() {
  if (!state.works) become({ works: true })
}

export function connectionFailed() {
  if (state.works) become({ works: false, since: Date.now() })
  if (!probing) void probe()
}

async function probe() {
  probing = true
  while (!state.works) {
    await pause(PROBE_EVERY_MS)
    try {
      const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
      if (answer.ok) connectionWorks()
    } catch {
      // Asked again in a moment.
    }
  }
  probing = false
}

/** Waits; ends early, with the signal's reason, where it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    function stop() {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
