import { expect, test } from 'vitest'
import { type Answer, begun, withChunk } from './answer'
import type { Target } from './targets'

const read = (...chunks: Parameters<typeof withChunk>[1][]) =>
  chunks.reduce<Answer>(withChunk, begun({} as Target, '/r', {}))

test('pieces become a text, and usage and end are kept', () => {
  const answer = read(
    { choices: [{ delta: { content: '' } }] },
    { choices: [{ delta: { reasoning_content: 'hm' } }] },
    { choices: [{ delta: { content: 'Hel' } }] },
    { choices: [{ delta: { content: 'lo' }, finish_reason: null }] },
    { choices: [{ delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
  )
  expect(answer).toMatchObject({ text: 'Hello', reasoning: 'hm', finish: 'stop', usage: { prompt_tokens: 3 } })
})

test('calls come in pieces, several at a time', () => {
  const answer = read(
    { choices: [{ delta: { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{}' } }] } }] },
    { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] } }] },
  )
  expect(answer.calls).toEqual([
    { id: 'a', name: 'f', arguments: '{"x":1}' },
    { id: 'b', name: 'g', arguments: '{}' },
  ])
})

test('texts of completions and whole answers are read as well', () => {
  expect(read({ choices: [{ text: 'a' }] }, { choices: [{ text: 'b' }] }).text).toBe('ab')
  expect(read({ choices: [{ message: { content: 'whole' }, finish_reason: 'length' }] })).toMatchObject({
    text: 'whole',
    finish: 'length',
  })
})

test('what was filtered is said once, and what was not is not', () => {
  const results = { violence: { filtered: true, severity: 'high' }, hate: { filtered: false, severity: 'safe' } }
  const piece = { choices: [{ delta: { content: 'x' }, content_filter_results: results }] }
  expect(read(piece, piece).findings).toEqual([{ category: 'violence', what: 'high', filtered: true }])
})

test('an error within a stream is a problem', () => {
  expect(read({ error: { code: 'x', message: 'the backend broke off' } }).problem?.message).toBe(
    'the backend broke off',
  )
})
