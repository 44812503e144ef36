import { expect, test } from 'vitest'
import { closest, cosine, matrix, shade } from './cosine'

const check = (one: number[], other: number[], expected: number) => expect(cosine(one, other)).toBeCloseTo(expected, 12)

test('cosines', () => {
  check([1, 0], [2, 0], 1)
  check([1, 0], [0, 5], 0)
  check([1, 2], [-1, -2], -1)
  check([1, 1], [1, 0], Math.SQRT1_2)
  check([0, 0], [1, 0], 0)
})

test('a matrix has ones in its diagonal and is the same both ways', () => {
  const found = matrix([
    [1, 0],
    [1, 1],
    [0, 3],
  ])
  expect(found.map((row, at) => row[at])).toEqual([1, 1, 1])
  expect(found[0]?.[1]).toBe(found[1]?.[0])
  expect(found[0]?.[2]).toBe(0)
})

test('the closest pair is found, and never a text with itself', () => {
  expect(
    closest([
      [1, 0.2, 0.9],
      [0.2, 1, 0.3],
      [0.9, 0.3, 1],
    ]),
  ).toEqual({ row: 0, column: 2, value: 0.9 })
  expect(closest([[1]])).toBeUndefined()
})

test('colours say how much and which way', () => {
  expect(shade(1, 'blue', 'red')).toBe('color-mix(in srgb, blue 45%, transparent)')
  expect(shade(-0.5, 'blue', 'red')).toBe('color-mix(in srgb, red 23%, transparent)')
})
