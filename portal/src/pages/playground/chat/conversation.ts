// The conversations: in memory alone, over navigation, until they are cleared or the page is closed. One for each project.

import { type Answer, begun, follow } from '../model/answer'
import type { Target } from '../model/targets'
import { parametersOf, type Settings, START } from './settings'

export const CHAT_ROUTE = '/openai/v1/chat/completions'

export interface Turn {
  id: number
  prompt: string
  /** What was given back for the calls of the turn before, by the id of the call; such a turn has no prompt. */
  results?: Readonly<Record<string, string>>
  /** One for each side; a side that was not there then has none. */
  answers: readonly (Answer | undefined)[]
}

export interface Conversation {
  settings: Settings
  /** Which target each side asks, by its id; the second side is there while two are compared. */
  sides: readonly (string | undefined)[]
  turns: readonly Turn[]
  /** What stands in the field below. */
  draft: string
}

const EMPTY: Conversation = { settings: START, sides: [undefined], turns: [], draft: '' }

const conversations = new Map<string, Conversation>()
const running = new Map<string, AbortController>()
const listeners = new Set<() => void>()
let nextId = 1

export function conversationOf(place: string): Conversation {
  return conversations.get(place) ?? EMPTY
}

export function subscribeToConversations(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function change(place: string, what: Partial<Conversation>) {
  conversations.set(place, { ...conversationOf(place), ...what })
  for (const listener of listeners) listener()
}

export function setSide(place: string, side: number, target: string) {
  const sides = [...conversationOf(place).sides]
  sides[side] = target
  change(place, { sides })
}

/** Forgets what was said; what is set stays. */
export function clear(place: string) {
  stop(place)
  change(place, { turns: [], draft: '' })
}

export function stop(place: string) {
  running.get(place)?.abort()
}

/** What is said before a turn, on one side: the messages of a request. */
export function messagesBefore(
  turns: readonly Turn[],
  side: number,
  settings: Settings,
  now?: { prompt?: string; results?: Readonly<Record<string, string>> },
): Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = []
  if (settings.system.trim() !== '') messages.push({ role: 'system', content: settings.system })
  turns.forEach((turn, at) => {
    const answer = turn.answers[side]
    // What was not answered on this side was not said on it either.
    if (!answer || answer.state === 'failed' || (answer.text === '' && answer.calls.length === 0)) return
    if (turn.results) messages.push(...toolMessages(turn.results))
    else messages.push({ role: 'user', content: turn.prompt })
    const results = turns[at + 1]?.results ?? (at === turns.length - 1 ? now?.results : undefined)
    // Calls may stand only where their results follow.
    const calls = answer.calls.filter(call => results?.[call.id] !== undefined)
    if (answer.text === '' && calls.length === 0) {
      messages.pop()
      return
    }
    messages.push({
      role: 'assistant',
      content: answer.text === '' ? null : answer.text,
      ...(calls.length > 0
        ? {
            tool_calls: calls.map(call => ({
              id: call.id,
              type: 'function',
              function: { name: call.name, arguments: call.arguments },
            })),
          }
        : {}),
    })
  })
  if (now?.results) messages.push(...toolMessages(now.results))
  else if (now?.prompt !== undefined) messages.push({ role: 'user', content: now.prompt })
  return messages
}

function toolMessages(results: Readonly<Record<string, string>>) {
  return Object.entries(results).map(([id, content]) => ({ role: 'tool', tool_call_id: id, content }))
}

/** The body of the request that asks one side. */
export function bodyFor(
  conversation: Conversation,
  side: number,
  target: Target,
  now: { prompt?: string; results?: Readonly<Record<string, string>> },
): Record<string, unknown> {
  const { settings, turns } = conversation
  const { parameters } = parametersOf(settings)
  return {
    model: target.model,
    messages: messagesBefore(turns, side, settings, now),
    ...parameters,
    ...(settings.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
}

/** Asks every side at once. */
export async function say(
  place: string,
  targets: readonly (Target | undefined)[],
  now: { prompt?: string; results?: Readonly<Record<string, string>> },
) {
  stop(place)
  const conversation = conversationOf(place)
  const id = nextId++
  const answers = targets.map((target, side) => {
    if (!target) return undefined
    return begun(target, CHAT_ROUTE, bodyFor(conversation, side, target, now))
  })
  const turn: Turn = { id, prompt: now.prompt ?? '', answers, ...(now.results ? { results: now.results } : {}) }
  change(place, { turns: [...conversation.turns, turn], draft: '' })
  const controller = new AbortController()
  running.set(place, controller)
  await Promise.all(
    answers.map((answer, side) => answer && follow(answer, controller.signal, next => told(place, id, side, next))),
  )
  if (running.get(place) === controller) running.delete(place)
}

/** Goes back to a turn and asks with other words; what came after it is gone. */
export async function sayAgain(place: string, id: number, prompt: string, targets: readonly (Target | undefined)[]) {
  stop(place)
  const { turns } = conversationOf(place)
  const at = turns.findIndex(turn => turn.id === id)
  if (at < 0) return
  const results = turns[at]?.results
  change(place, { turns: turns.slice(0, at) })
  await say(place, targets, results ? { results } : { prompt })
}

function told(place: string, id: number, side: number, answer: Answer) {
  const { turns } = conversationOf(place)
  const next = turns.map(turn =>
    turn.id === id ? { ...turn, answers: turn.answers.map((old, at) => (at === side ? answer : old)) } : turn,
  )
  change(place, { turns: next })
}
