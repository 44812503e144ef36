// The generated client, and what turns its answers into values or problems.

import createClient from 'openapi-fetch'
import { send } from './http'
import { readProblem } from './problem'
import type { components, paths } from './schema'

/** The shapes of the API, by name. */
export type Schemas = components['schemas']

/** The control plane: `api.GET('/subscriptions')`, `api.PUT(path, { params, body })`. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: request => send(request) })

/** The directory, whose tokens are its own. */
export const directory = createClient<paths>({
  baseUrl: location.origin,
  fetch: request => send(request, { audience: 'directory' }),
})

interface Answered<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The value of an answer; throws an `ApiProblem` where it is a refusal. */
export async function ask<T>(answering: Promise<Answered<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await answering
  if (!response.ok || data === undefined || data === null) throw problemOf(response, error)
  return data
}

/** The whole answer of a change, for its headers; throws an `ApiProblem` where it is a refusal. */
export async function askFor<T>(answering: Promise<Answered<T>>): Promise<{ data: T | undefined; response: Response }> {
  const { data, error, response } = await answering
  if (!response.ok) throw problemOf(response, error)
  return { data, response }
}

function problemOf(response: Response, error: unknown) {
  return readProblem(response.status, error, response.headers.get('x-ms-request-id') ?? undefined)
}
