// One way out: every request of the portal gets its token, its time limit, and what to do when it fails, here.

import { connectionFailed, connectionWorks, pause } from './connection'
import { ApiProblem } from './problem'
import { type Audience, accessToken, refuseToken } from './session'

const READ_TIMEOUT_MS = 30_000
const CHANGE_TIMEOUT_MS = 90_000

// Five tries take about as long as a server that restarts.
const TRIES_MAX = 5
const FIRST_PAUSE_MS = 400
const PAUSE_MAX_MS = 8000

// Every version gets the same answer; any date will do.
const API_VERSION = '2024-10-01'

export interface SendOptions {
  audience?: Audience
  /** For answers that stream, which may take longer than any limit that is sensible for others. */
  timeoutMs?: number
}

/** Sends a request with the signed-in person's token. Reads are tried again; changes are sent once. */
export async function send(request: Request, options: SendOptions = {}): Promise<Response> {
  const audience = options.audience ?? 'management'
  const reads = request.method === 'GET' || request.method === 'HEAD'
  const timeoutMs = options.timeoutMs ?? (reads ? READ_TIMEOUT_MS : CHANGE_TIMEOUT_MS)
  let renewed = false
  for (let attempt = 1; ; attempt++) {
    const token = await accessToken(audience)
    const timeout = AbortSignal.timeout(timeoutMs)
    const once = new Request(await versioned(request, audience), {
      signal: AbortSignal.any([request.signal, timeout]),
      credentials: 'omit',
    })
    once.headers.set('Authorization', `Bearer ${token}`)
    let waitMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), PAUSE_MAX_MS)
    try {
      const answer = await fetch(once)
      if (answer.status === 401 && !renewed) {
        renewed = true
        refuseToken(audience, token)
        continue
      }
      if (answer.status === 502 || answer.status === 503) connectionFailed()
      else connectionWorks()
      const again = answer.status === 429 || answer.status === 502 || answer.status === 503 || answer.status === 504
      if (!again || !reads || attempt >= TRIES_MAX) return answer
      waitMs = Math.min(retryAfterMs(answer) ?? waitMs, PAUSE_MAX_MS)
    } catch (error) {
      if (request.signal.aborted) throw error
      if (timeout.aborted) {
        const seconds = Math.round(timeoutMs / 1000)
        throw new ApiProblem(`The server did not answer within ${seconds} seconds.`, 0, 'Timeout', undefined)
      }
      connectionFailed()
      if (!reads || attempt >= TRIES_MAX) {
        throw new ApiProblem('The server cannot be reached.', 0, 'ServerUnreachable', undefined)
      }
    }
    await pause(waitMs, request.signal)
  }
}

/** How long the server asks to wait. */
export function retryAfterMs(answer: Response): number | undefined {
  const text = answer.headers.get('Retry-After')
  if (!text) return undefined
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

// The resource manager wants a version with each request; the directory and the data plane do not. A body goes on as bytes:
// one that streams takes HTTP/2, which a server on plain http does not speak.
async function versioned(request: Request, audience: Audience): Promise<Request> {
  const address = new URL(request.url)
  const copy = request.clone()
  if (audience !== 'management' || address.searchParams.has('api-version')) return copy
  address.searchParams.set('api-version', API_VERSION)
  const { method, headers, signal } = request
  const body = method === 'GET' || method === 'HEAD' ? undefined : await copy.arrayBuffer()
  return new Request(address, { method, headers, signal, ...(body?.byteLength ? { body } : {}) })
}
