// One answer of a model: asked, read as it comes, and what became of it.

import { ApiProblem, asProblem } from '../../../api/problem'
import type { Usage } from './cost'
import { events } from './events'
import { type Finding, findingsOf } from './refusal'
import { askTarget } from './send'
import type { Target } from './targets'

const BROKEN = 'The answer broke off before its end. What came of it is above.'

export interface ToolCall {
  id: string
  name: string
  arguments: string
}

export interface Answer {
  target: Target
  route: string
  body: Record<string, unknown>
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  text: string
  reasoning: string
  refusal: string
  calls: readonly ToolCall[]
  finish: string | undefined
  usage: Usage | undefined
  /** Milliseconds until the first word, and until the last. */
  firstMs: number | undefined
  totalMs: number | undefined
  findings: readonly Finding[]
  problem: ApiProblem | undefined
  requestId: string | undefined
}

export function begun(target: Target, route: string, body: Record<string, unknown>): Answer {
  return {
    target,
    route,
    body,
    state: 'waiting',
    text: '',
    reasoning: '',
    refusal: '',
    calls: [],
    finish: undefined,
    usage: undefined,
    firstMs: undefined,
    totalMs: undefined,
    findings: [],
    problem: undefined,
    requestId: undefined,
  }
}

/** Asks and tells about every piece. Never throws: what went wrong is part of the answer. */
export async function follow(start: Answer, signal: AbortSignal, tell: (answer: Answer) => void): Promise<Answer> {
  const beganAt = performance.now()
  let answer = start
  const become = (change: Partial<Answer>) => {
    answer = { ...answer, ...change }
    tell(answer)
  }
  const since = () => performance.now() - beganAt
  try {
    const got = await askTarget(answer.target, answer.route, answer.body, signal)
    become({ requestId: got.headers.get('x-ms-request-id') ?? undefined })
    if (got.headers.get('Content-Type')?.startsWith('text/event-stream') && got.body) {
      let ended = false
      for await (const event of events(got.body)) {
        if (event === '[DONE]') {
          ended = true
          break
        }
        const next = withChunk(answer, JSON.parse(event))
        if (next.problem) throw next.problem
        const hasBegun = next.text !== '' || next.reasoning !== '' || next.calls.length > 0
        become({ ...next, ...(hasBegun && next.firstMs === undefined ? { state: 'streaming', firstMs: since() } : {}) })
      }
      if (!ended && answer.finish === undefined) throw new Error('the stream ended without an end')
    } else {
      become({ ...withWhole(answer, await got.json()), firstMs: since() })
    }
    become({ state: 'done', totalMs: since() })
  } catch (error) {
    if (signal.aborted) become({ state: 'stopped', totalMs: since() })
    else {
      const problem = answer.requestId === undefined ? asProblem(error) : brokenOff(error, answer.requestId)
      become({
        state: 'failed',
        problem,
        totalMs: since(),
        requestId: answer.requestId ?? problem.requestId,
      })
    }
  }
  return answer
}

// What a browser says of a stream that ends in its middle is in words of its own.
function brokenOff(error: unknown, requestId: string): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(BROKEN, 0, 'StreamBroken', requestId)
}

interface Choice {
  text?: string | null
  delta?: Message
  message?: Message
  finish_reason?: string | null
  content_filter_results?: unknown
}

interface Message {
  content?: string | null
  reasoning_content?: string | null
  refusal?: string | null
  tool_calls?: { index?: number; id?: string; function?: { name?: string; arguments?: string } }[] | null
}

interface Chunk {
  error?: { code?: string | number; message?: string }
  choices?: Choice[]
  usage?: Usage | null
  prompt_filter_results?: { content_filter_results?: unknown }[]
}

/** An answer and one more piece of it. */
export function withChunk(answer: Answer, chunk: Chunk): Answer {
  const next = { ...answer }
  if (chunk.error) {
    const { code = 'StreamBroken', message = BROKEN } = chunk.error
    next.problem = new ApiProblem(message, 0, String(code), answer.requestId)
    return next
  }
  if (chunk.usage) next.usage = chunk.usage
  for (const result of chunk.prompt_filter_results ?? []) next.findings = worst(next.findings, result)
  for (const choice of chunk.choices ?? []) {
    const said = choice.delta ?? choice.message
    next.text += said?.content ?? choice.text ?? ''
    next.reasoning += said?.reasoning_content ?? ''
    next.refusal += said?.refusal ?? ''
    if (said?.tool_calls) next.calls = withCalls(next.calls, said.tool_calls)
    next.finish = choice.finish_reason ?? next.finish
    next.findings = worst(next.findings, choice)
  }
  return next
}

/** An answer that came whole. */
export function withWhole(answer: Answer, body: Chunk): Answer {
  return withChunk(answer, body)
}

function withCalls(calls: readonly ToolCall[], pieces: NonNullable<Message['tool_calls']>): ToolCall[] {
  const next = calls.map(call => ({ ...call }))
  pieces.forEach((piece, position) => {
    const at = piece.index ?? position
    next[at] ??= { id: '', name: '', arguments: '' }
    const call = next[at]
    call.id ||= piece.id ?? ''
    call.name += piece.function?.name ?? ''
    call.arguments += piece.function?.arguments ?? ''
  })
  return next
}

// Every piece is annotated anew; what was filtered once stays said.
function worst(known: readonly Finding[], holder: { content_filter_results?: unknown }): readonly Finding[] {
  const found = findingsOf(holder.content_filter_results).filter(one => one.filtered)
  const news = found.filter(one => !known.some(other => other.category === one.category))
  return news.length > 0 ? [...known, ...news] : known
}
