import { expect, test } from 'vitest'
import { amounts, milliseconds, share } from './numbers'

test('times keep the digits that mean something', () => {
  const check = (value: number, expected: string) => expect(milliseconds(value)).toBe(expected)
  check(1.26, '1.3 ms')
  check(99.6, '100 ms')
  check(1234, '1.23 s')
  check(61_000, '61.0 s')
})

test('a share of nothing is none', () => {
  const check = (part: number, all: number, expected: string) => expect(share(part, all)).toBe(expected)
  check(0, 0, '–')
  check(0, 8, '0 %')
  check(1, 300, '0.3 %')
  check(150, 300, '50 %')
})

test('currencies are not added up', () => {
  const check = (costs: [string, number][], expected: string) =>
    expect(amounts(new Map(costs)).replace(/US\$/g, '$')).toBe(expected)
  check([], '$0.00')
  check([['EUR', 0]], '€0.00')
  check([['USD', 0.0000205]], '$0.000021')
  check(
    [
      ['USD', 1],
      ['EUR', 2.5],
    ],
    '$1.00 + €2.50',
  )
})
