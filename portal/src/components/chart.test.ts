import { expect, test } from 'vitest'
import { lonely } from './lonely'
import { stacked } from './stacked'

test('bars stand on each other, the highest first', () => {
  const series = [
    { label: 'a', values: [1, null, 3] },
    { label: 'b', values: [10, 20, null] },
  ]
  expect(stacked(series)).toEqual([
    { label: 'b', values: [11, 20, 3] },
    { label: 'a', values: [1, 0, 3] },
  ])
})

test('a value without neighbours is found, so that it is seen', () => {
  const check = (values: (number | null)[], expected: number[]) => expect(lonely(values)).toEqual(expected)
  check([], [])
  check([0], [0])
  check([null, 5, null, 1, 2, null, 0], [1, 6])
  check([1, 2, 3], [])
})
