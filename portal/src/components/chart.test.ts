import { expect, test } from 'vitest'
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
