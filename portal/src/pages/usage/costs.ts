// The bill, asked through the public API (docs/usage.md).

import type { Schemas } from '../../api/client'
import { send } from '../../api/http'
import { sameOrigin } from '../../api/pages'
import { readProblem } from '../../api/problem'
import { type Row, readRows } from './numbers'
import type { CostQuery } from './question'

export type CostTable = Schemas['CostTable']

// The server answers with at most 200,000 rows, 5,000 at a time.
const PAGES_MAX = 40

async function post(address: URL, body: CostQuery, accept: string, signal?: AbortSignal): Promise<Response> {
  const answer = await send(
    new Request(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: accept },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    }),
  )
  if (answer.ok) return answer
  const problem = await answer.json().catch(() => undefined)
  throw readProblem(answer.status, problem, answer.headers.get('x-ms-request-id') ?? undefined)
}

// A scope is a resource id; its names were encoded when it was put together.
const addressOf = (scope: string) => sameOrigin(`${scope}/providers/Microsoft.CostManagement/query`)

/** Every row of an answer. */
export async function askCosts(scope: string, body: CostQuery, signal?: AbortSignal): Promise<Row[]> {
  const rows: Row[] = []
  let address: URL | undefined = addressOf(scope)
  for (let read = 0; address && read < PAGES_MAX; read++) {
    const answer: Response = await post(address, body, 'application/json', signal)
    const table = (await answer.json()) as CostTable
    rows.push(...readRows(table))
    const next: string | null = table.properties.nextLink
    address = next ? sameOrigin(next) : undefined
  }
  return rows
}

/** The same as text with commas, with exact costs. */
export async function askCsv(scope: string, body: CostQuery): Promise<string> {
  return (await post(addressOf(scope), body, 'text/csv')).text()
}
