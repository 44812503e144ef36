// Lists of the directory, whose next page is under a name of its own.

import { ask } from './client'
import { send } from './http'
import { sameOrigin } from './pages'
import { readProblem } from './problem'

interface Objects<T> {
  value: T[]
  '@odata.nextLink'?: string
}

const PAGES_MAX = 50

/** Every object of a list of the directory. */
export async function everyObject<T>(
  first: Promise<{ data?: Objects<T>; error?: unknown; response: Response }>,
  signal?: AbortSignal,
): Promise<T[]> {
  let page: Objects<T> = await ask(first)
  const items = [...page.value]
  for (let read = 1; page['@odata.nextLink'] && read < PAGES_MAX; read++) {
    const request = new Request(sameOrigin(page['@odata.nextLink']), signal ? { signal } : {})
    const answer = await send(request, { audience: 'directory' })
    const body = await answer.json().catch(() => undefined)
    if (!answer.ok) throw readProblem(answer.status, body, answer.headers.get('x-ms-request-id') ?? undefined)
    page = body as Objects<T>
    items.push(...page.value)
  }
  return items
}
