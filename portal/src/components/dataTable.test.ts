import { expect, test } from 'vitest'
import { matches, sorted } from './dataTable'

test('rows are sorted as people count, and those without a value come last', () => {
  const rows = ['b10', undefined, 'b2', 'A1']
  expect(sorted(rows, row => row, false)).toEqual(['A1', 'b2', 'b10', undefined])
  expect(sorted(rows, row => row, true)).toEqual(['b10', 'b2', 'A1', undefined])
  expect(sorted([3, 20, 1], row => row, true)).toEqual([20, 3, 1])
})

test('a filter wants every word, wherever it stands', () => {
  expect(matches('Command R eastus2', 'east comm')).toBe(true)
  expect(matches('Command R eastus2', 'west comm')).toBe(false)
  expect(matches('anything', '  ')).toBe(true)
})
