// Refusals of the data plane: those of the other APIs, and what only models have: filters, and limits that pass.

import { ApiProblem, readProblem } from '../../../api/problem'

/** What a content filter found in one category. */
export interface Finding {
  category: string
  /** `safe` to `high`, or whether it was detected. */
  what: string
  filtered: boolean
}

/** A refusal of the data plane. */
export class Refusal extends ApiProblem {
  constructor(
    problem: ApiProblem,
    /** What the content filter found, where it was that. */
    readonly findings: readonly Finding[],
    /** When it may work again, in milliseconds since 1970. */
    readonly againAt: number | undefined,
  ) {
    super(problem.message, problem.status, problem.code, problem.requestId, problem.details, problem.target)
  }
}

interface Detail {
  loc?: unknown
  msg?: unknown
}

/** Reads a refusal of any surface: OpenAI's, Model Inference's with its `detail`, and TimeGEN's with a list of them. */
export function readRefusal(
  status: number,
  body: unknown,
  requestId: string | undefined,
  retryAfterMs: number | undefined,
  now = Date.now(),
): Refusal {
  const whole = isObject(body) ? body : {}
  const listed = Array.isArray(whole.detail) ? whole.detail : [whole.detail]
  const details = listed.filter(isObject).map(one => {
    const { loc, msg } = one as Detail
    return { code: Array.isArray(loc) ? loc.slice(1).join('.') : '', message: typeof msg === 'string' ? msg : '' }
  })
  let problem = readProblem(status, body, requestId)
  const first = details[0]
  if (first) problem = new ApiProblem(first.message, status, problem.code, requestId, details.slice(1), first.code)
  const error = isObject(whole.error) ? whole.error : {}
  const inner = isObject(error.innererror) ? error.innererror : {}
  return new Refusal(
    problem,
    findingsOf(inner.content_filter_result),
    retryAfterMs === undefined ? undefined : now + retryAfterMs,
  )
}

/** What the annotations of an answer say, in a person's words. */
export function findingsOf(results: unknown): Finding[] {
  if (!isObject(results)) return []
  return Object.entries(results).flatMap(([category, result]) => {
    if (!isObject(result)) return []
    const filtered = result.filtered === true
    const severity = typeof result.severity === 'string' ? result.severity : undefined
    const detected = result.detected === true ? 'detected' : 'not detected'
    return [{ category: category.replaceAll('_', ' '), what: severity ?? detected, filtered }]
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
