import { expect, test } from 'vitest'
import { subscriptionName } from './subscriptionName'

test('names of subscriptions have no dots and begin with a letter or digit', () => {
  const check = (model: string, expected: string) => expect(subscriptionName(model)).toBe(expected)
  check('Cohere-command-r-08-2024', 'Cohere-command-r-08-2024')
  check('Llama-3.2-1B', 'Llama-3-2-1B')
  check('_x', 'x')
  check('...', 'subscription')
})
