// Lists that come in pages.

import { ask } from './client'
import { send } from './http'
import { readProblem } from './problem'

interface Page<T> {
  value: T[]
  nextLink?: string | null
}

// A list that is longer is not one that a person reads; whoever needs all of it narrows the question.
const PAGES_MAX = 50

/** Every item of a list: its first page, and those to which `nextLink` leads. */
export async function everyItem<T>(
  first: Promise<{ data?: Page<T>; error?: unknown; response: Response }>,
  signal?: AbortSignal,
): Promise<T[]> {
  let page: Page<T> = await ask(first)
  const items = [...page.value]
  for (let read = 1; page.nextLink && read < PAGES_MAX; read++) {
    page = await follow<T>(page.nextLink, signal)
    items.push(...page.value)
  }
  return items
}

async function follow<T>(link: string, signal?: AbortSignal): Promise<Page<T>> {
  const answer = await send(new Request(sameOrigin(link), signal ? { signal } : {}))
  const body = await answer.json().catch(() => undefined)
  if (!answer.ok) throw readProblem(answer.status, body, answer.headers.get('x-ms-request-id') ?? undefined)
  return body as Page<T>
}

/** A link of an answer on the address that this page came from: behind a proxy the server may know itself by another name,
 * and a token is sent nowhere else. */
export function sameOrigin(link: string): URL {
  const address = new URL(link, location.origin)
  return new URL(address.pathname + address.search, location.origin)
}
