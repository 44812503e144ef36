import { expect, test } from 'vitest'
import { money, unitPrice } from './Money'

test('a price has all of its digits, and two at least', () => {
  const told = [0.125, 0.075, 0.0375, 0.15, 3, 0.1 + 0.2, 0].map(amount => unitPrice(amount))
  expect(told).toEqual(['$0.125', '$0.075', '$0.0375', '$0.15', '$3.00', '$0.30', '$0.00'])
})

test('an amount is rounded to cents, and below them to as many digits as it takes', () => {
  const told = [3, 0.125, 0.0000205, 0].map(amount => money(amount))
  expect(told).toEqual(['$3.00', '$0.13', '$0.000021', '$0.00'])
})
