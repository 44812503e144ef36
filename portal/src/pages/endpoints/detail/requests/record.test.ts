import { expect, test } from 'vitest'
import { completionOf, credentialOf, outcomeOf, promptOf } from './record'

test('classes of tokens are disjoint in the record and summed for people', () => {
  const usage = { prompt_tokens: 60, cached_prompt_tokens: 40, completion_tokens: 15, reasoning_tokens: 5 }
  expect(promptOf(usage)).toEqual({ all: 100, cached: 40 })
  expect(completionOf(usage)).toEqual({ all: 20, reasoning: 5 })
  expect(promptOf({ search_units: 1 })).toEqual({ all: 0, cached: 0 })
})

test('who and how are told in words, and what is not known as it is', () => {
  expect(credentialOf('secondary')).toBe('Secondary key')
  expect(credentialOf('9637607b')).toBe('9637607b')
  expect(outcomeOf('client-left')).toBe('Client left')
  expect(outcomeOf('something-new')).toBe('something-new')
})
