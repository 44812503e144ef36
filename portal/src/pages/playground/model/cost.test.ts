import { expect, test } from 'vitest'
import { costOf, costText, type Usage } from './cost'

const price = (meter: string, microUnitsPerMillion: number) => ({
  meter,
  unit: 'token',
  microUnitsPerMillion,
  currency: 'EUR',
})
const PRICES = [
  price('prompt_tokens', 100_000),
  price('cached_prompt_tokens', 10_000),
  price('completion_tokens', 400_000),
  price('reasoning_tokens', 800_000),
]

function check(usage: Usage, micro: number) {
  const cost = costOf(usage, PRICES)
  expect(cost?.currency).toBe('EUR')
  expect((cost?.amount ?? 0) * 1e12).toBeCloseTo(micro, 3)
}

test('every token is paid for once, at the price of its class', () => {
  check({ prompt_tokens: 10, completion_tokens: 5 }, 10 * 100_000 + 5 * 400_000)
  check({ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } }, 6 * 100_000 + 4 * 10_000)
  check({ completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 9 } }, 9 * 800_000)
  check({}, 0)
})

test('what has no price has no cost', () => {
  expect(costOf({ prompt_tokens: 1 }, [])).toBeUndefined()
})

test('what is too little to be written is said to be little, and not to be nothing', () => {
  expect(costText({ prompt_tokens: 1 }, PRICES)).toEqual([expect.stringMatching(/^< .*0\.000001$/)])
  expect(costText({ prompt_tokens: 1_000_000 }, PRICES)).toEqual([expect.stringMatching(/0\.10$/)])
  expect(costText({}, PRICES)).toEqual([expect.stringMatching(/0\.00$/)])
  expect(costText({ prompt_tokens: 1 }, [])).toEqual([])
})
