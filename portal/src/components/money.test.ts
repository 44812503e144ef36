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

test('what is too little to be written is said to be little, and not to be nothing', () => {
  expect([0.00000048, 1e-12].map(amount => money(amount))).toEqual(['< $0.000001', '< $0.000001'])
  expect(money(0.00000048, 'EUR')).toBe('< €0.000001')
  expect(unitPrice(1e-9)).toBe('< $0.000001')
  expect(money(0.000001)).toBe('$0.000001')
})
