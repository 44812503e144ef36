import { expect, test } from 'vitest'
import { type Answer, begun } from '../model/answer'
import type { Target } from '../model/targets'
import { bodyFor, messagesBefore, type Turn } from './conversation'
import { START } from './settings'

const target = { model: 'hello' } as Target
const answer = (change: Partial<Answer>): Answer => ({ ...begun(target, '/r', {}), state: 'done', ...change })
const turn = (prompt: string, ...answers: (Answer | undefined)[]): Turn => ({ id: 1, prompt, answers })
const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })

test('a side is told what was said on it, and nothing of the other one', () => {
  const turns = [
    turn('one', answer({ text: 'first' })),
    turn('two', answer({ state: 'failed', text: 'half' }), answer({ text: 'second of the other' })),
  ]
  const settings = { ...START, system: 'Be short.' }
  const system = { role: 'system', content: 'Be short.' }
  expect(messagesBefore(turns, 0, settings, { prompt: 'three' })).toEqual([
    system,
    user('one'),
    assistant('first'),
    user('three'),
  ])
  expect(messagesBefore(turns, 1, settings, { prompt: 'three' })).toEqual([
    system,
    user('two'),
    assistant('second of the other'),
    user('three'),
  ])
})

test('calls are repeated with their results, and left out without', () => {
  const calls = [{ id: 'c1', name: 'f', arguments: '{}' }]
  const turns = [turn('weather?', answer({ calls }))]
  expect(messagesBefore(turns, 0, START, { results: { c1: 'sunny' } })).toEqual([
    user('weather?'),
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
  ])
  expect(messagesBefore(turns, 0, START, { prompt: 'never mind' })).toEqual([user('never mind')])
})

test('the body has what was set, and asks for the usage of a stream', () => {
  const conversation = { settings: { ...START, temperature: '0.5' }, sides: ['a'], turns: [], draft: '' }
  expect(bodyFor(conversation, 0, target, { prompt: 'hi' })).toEqual({
    model: 'hello',
    messages: [user('hi')],
    temperature: 0.5,
    stream: true,
    stream_options: { include_usage: true },
  })
  const whole = { ...conversation, settings: { ...START, stream: false } }
  expect(bodyFor(whole, 0, target, { prompt: 'hi' })).toEqual({ model: 'hello', messages: [user('hi')] })
})
