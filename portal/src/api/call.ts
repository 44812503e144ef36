// Routes that no generated type has, because their first part is any resource: asked by their address.

import { send } from './http'
import { sameOrigin } from './pages'
import { readProblem } from './problem'

/** Asks an address of this server; throws an `ApiProblem` where it is refused. */
export async function call<T>(address: string, signal?: AbortSignal): Promise<T> {
  const answer = await send(new Request(sameOrigin(address), signal ? { signal } : {}))
  const body: unknown = await answer.json().catch(() => undefined)
  if (!answer.ok) throw readProblem(answer.status, body, answer.headers.get('x-ms-request-id') ?? undefined)
  return body as T
}

/** An address with its query; what is undefined is left out. */
export function addressOf(path: string, query: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path
}
