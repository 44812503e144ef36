// Refusals, in every shape that this server has: the resource manager's, OpenAI's, and the plain ones.

/** A request that came to nothing, with what a person has to know about it. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'

  constructor(
    message: string,
    /** The HTTP status; 0 where no answer came. */
    readonly status: number,
    /** The code of the refusal, which is part of the API. */
    readonly code: string,
    /** The server's id for the request, with which `cupola explain` tells more. */
    readonly requestId: string | undefined,
    /** Further refusals that belong to this one. */
    readonly details: readonly { code: string; message: string }[] = [],
    /** The field or header that is wrong. */
    readonly target: string | undefined = undefined,
  ) {
    super(message)
  }

  /** May it work if it is only tried again? */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }

  /** The action and the scope that were refused, as the refusal names them. */
  get refused(): { action: string; scope: string } | undefined {
    if (this.status !== 403) return undefined
    const found = /perform action '([^']+)' (?:over|on) scope '([^']+)'/.exec(this.message)
    return found?.[1] && found[2] ? { action: found[1], scope: found[2] } : undefined
  }
}

interface Detail {
  code?: unknown
  message?: unknown
  target?: unknown
  details?: unknown
  type?: unknown
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Reads the body of a refusal, whatever shape it has. */
export function readProblem(status: number, body: unknown, requestId?: string): ApiProblem {
  const whole = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const inner = whole.error
  const detail: Detail = typeof inner === 'object' && inner !== null ? (inner as Detail) : (whole as Detail)
  const listed = Array.isArray(detail.details) ? (detail.details as Detail[]) : []
  const details = listed.map(one => ({ code: text(one.code) ?? '', message: text(one.message) ?? '' }))
  const message =
    text(detail.message) ?? text(whole.error_description) ?? text(body) ?? `The server answered ${status}.`
  const code = text(detail.code) ?? text(detail.type) ?? text(inner) ?? String(status)
  return new ApiProblem(message, status, code, requestId, details, text(detail.target))
}

/** What the server would say of something that the person is known not to be allowed, so that it need not be asked. */
export function withheld(action: string, scope: string): ApiProblem {
  return new ApiProblem(
    `No role allows to perform action '${action}' over scope '${scope}'.`,
    403,
    'NotAsked',
    undefined,
  )
}

/** Anything that was thrown, as a problem. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const message = error instanceof Error ? error.message : String(error)
  return new ApiProblem(message, 0, 'PageFault', undefined)
}
