import { expect, test } from 'vitest'
import { subscriptionName } from './subscriptionName'

test('names of subscriptions have no dots and begin with a letter or digit', () => {
  const check = (model: string, expected: string) => expect(subscriptionName(model)).toBe(expected)
  check('Cohere-command-r-08-2024', 'cohere-command-r-08-2024')
  check('Llama-3.2-1B', 'llama-3-2-1b')
  check('Phi-3.5-Mini_x', 'phi-3-5-mini_x')
  check('_x', 'x')
  check('...', 'subscription')
})
