// Requests to the data plane, with a key or with a token, whichever the target takes.

import { api, ask } from '../../../api/client'
import { connectionFailed, connectionWorks } from '../../../api/connection'
import { retryAfterMs, send } from '../../../api/http'
import { sameOrigin } from '../../../api/pages'
import { ApiProblem, asProblem } from '../../../api/problem'
import { readRefusal } from './refusal'
import type { Target, Way } from './targets'

// Forecasts and long answers take their time; whoever does not want to wait has a button.
const ANSWER_TIMEOUT_MS = 10 * 60_000
const KEY_LASTS_MS = 60_000

// Keys are in this module's memory alone, for a minute. A key that was changed meanwhile is asked for again.
const keys = new Map<string, { text: string; at: number }>()
const worked = new Map<string, Way>()

/** Asks a target. Throws an `ApiProblem` where it refuses. */
export async function askTarget(target: Target, route: string, body: unknown, signal: AbortSignal): Promise<Response> {
  const address = sameOrigin(target.uri + route)
  let refusal: ApiProblem | undefined
  for (const way of inOrder(target)) {
    try {
      const answer = await (way === 'key' ? withKey(target, address, body, signal) : withToken(address, body, signal))
      if (answer.ok) {
        worked.set(target.id, way)
        return answer
      }
      throw await problemOf(answer)
    } catch (error) {
      if (signal.aborted) throw error
      const problem = asProblem(error)
      // Whoever may not ask with a token may be let see the keys, and the other way round.
      if (problem.status !== 401 && problem.status !== 403) throw problem
      refusal ??= problem
    }
  }
  throw refusal ?? new ApiProblem('This is open to nobody.', 403, 'NoWayIn', undefined)
}

function inOrder(target: Target): Way[] {
  const last = worked.get(target.id)
  return [...target.ways].sort((one, other) => Number(other === last) - Number(one === last))
}

function request(address: URL, body: unknown, signal: AbortSignal, headers: Record<string, string> = {}): Request {
  return new Request(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
    credentials: 'omit',
  })
}

function withToken(address: URL, body: unknown, signal: AbortSignal): Promise<Response> {
  return send(request(address, body, signal), { audience: 'inference', timeoutMs: ANSWER_TIMEOUT_MS })
}

async function withKey(target: Target, address: URL, body: unknown, signal: AbortSignal): Promise<Response> {
  const fresh = keyKnown(target) === undefined
  const key = await keyOf(target, signal)
  const answer = await fetchOnce(request(address, body, signal, { Authorization: `Bearer ${key}` }))
  if (answer.status !== 401 || fresh) return answer
  keys.delete(ownerOf(target))
  const next = await keyOf(target, signal)
  return fetchOnce(request(address, body, signal, { Authorization: `Bearer ${next}` }))
}

async function fetchOnce(once: Request): Promise<Response> {
  try {
    const answer = await fetch(once)
    connectionWorks()
    return answer
  } catch (error) {
    if (once.signal.aborted) throw error
    connectionFailed()
    throw new ApiProblem('The server cannot be reached.', 0, 'ServerUnreachable', undefined)
  }
}

function ownerOf(target: Target): string {
  const { subscription, group, workspace = '', name } = target.owner
  return [subscription, group, workspace, name].join('/').toLowerCase()
}

function keyKnown(target: Target): string | undefined {
  const known = keys.get(ownerOf(target))
  return known && Date.now() - known.at < KEY_LASTS_MS ? known.text : undefined
}

async function keyOf(target: Target, signal: AbortSignal): Promise<string> {
  const known = keyKnown(target)
  if (known !== undefined) return known
  const { subscription, group, workspace, name } = target.owner
  const text =
    workspace === undefined
      ? await ask(
          api.POST(
            '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/listKeys',
            { params: { path: { subscription, group, account: name } }, signal },
          ),
        ).then(both => both.key1)
      : await ask(
          api.POST(
            '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}/listKeys',
            { params: { path: { subscription, group, workspace, name } }, signal },
          ),
        ).then(both => both.primaryKey)
  keys.set(ownerOf(target), { text, at: Date.now() })
  return text
}

async function problemOf(answer: Response): Promise<ApiProblem> {
  const body: unknown = await answer.json().catch(() => undefined)
  return readRefusal(answer.status, body, answer.headers.get('x-ms-request-id') ?? undefined, retryAfterMs(answer))
}
