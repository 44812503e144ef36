// Changes that go on after their answer: where they stand, asked as often as the server wants to be asked.

import type { Schemas } from './client'
import { pause } from './connection'
import { retryAfterMs, send } from './http'
import { sameOrigin } from './pages'
import { ApiProblem, readProblem } from './problem'

export type OperationStatus = Schemas['OperationStatus']

const POLL_EVERY_MS = 1000
const POLL_MAX_MS = 15_000

/** The address of the operation that an answer began; `undefined` where the change was done at once. */
export function operationOf(response: Response): string | undefined {
  return response.headers.get('Azure-AsyncOperation') ?? response.headers.get('Location') ?? undefined
}

/** Follows an operation to its end. Throws an `ApiProblem` where it failed. */
export async function followOperation(
  address: string,
  onStatus: (status: OperationStatus) => void,
  signal: AbortSignal,
): Promise<OperationStatus> {
  for (;;) {
    const answer = await send(new Request(sameOrigin(address), { signal }))
    const body: unknown = await answer.json().catch(() => ({}))
    const requestId = answer.headers.get('x-ms-request-id') ?? undefined
    if (!answer.ok) throw readProblem(answer.status, body, requestId)
    // Where only `Location` is known, 202 means that it goes on.
    const told = body as Partial<OperationStatus>
    const status: OperationStatus = {
      ...told,
      status: told.status ?? (answer.status === 202 ? 'InProgress' : 'Succeeded'),
    }
    onStatus(status)
    if (status.status === 'Succeeded') return status
    if (status.status === 'Failed' || status.status === 'Canceled') {
      const { code = status.status, message = 'The operation did not succeed.', details = [] } = status.error ?? {}
      throw new ApiProblem(message, answer.status, code, requestId, details)
    }
    await pause(Math.min(Math.max(retryAfterMs(answer) ?? POLL_EVERY_MS, 250), POLL_MAX_MS), signal)
  }
}
