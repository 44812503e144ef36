import { expect, test } from 'vitest'
import { exampleSeries, frequencyOf, readSeries } from './series'

const local = (text: string) => new Date(text).getTime() / 1000

test('series are read with a head or without, however their columns are parted', () => {
  for (const text of [
    'ds,y\n2026-01-01,1\n2026-01-02,\n2026-01-03,-2.5',
    '2026-01-01;1\n2026-01-02;\n2026-01-03;-2.5\n',
    '"date"\t"v"\r\n2026-01-01\t1\r\n2026-01-02\t\r\n2026-01-03\t-2.5',
  ]) {
    expect(readSeries(text), text).toEqual({
      timestamps: ['2026-01-01', '2026-01-02', '2026-01-03'],
      seconds: [local('2026-01-01T00:00'), local('2026-01-02T00:00'), local('2026-01-03T00:00')],
      values: [1, null, -2.5],
    })
  }
})

test('what is wrong is said with its line', () => {
  const check = (text: string, expected: RegExp) => expect(() => readSeries(text), text).toThrow(expected)
  check('ds,y\n2026-01-01,1\n2026-01-02,x\n2026-01-03,2', /Line 3: 'x' is no number/)
  check('2026-01-01,1\nnever,2\n2026-01-03,2', /Line 2: 'never' is no time/)
  check('2026-01-02,1\n2026-01-01,2\n2026-01-03,2', /Line 2: times must go up/)
  check('2026-01-01,1\n2026-01-02', /Line 2: a time and a value/)
  check('2026-01-01,1\n2026-01-02,1', /three lines/)
  check('', /three lines/)
})

test('the frequency is what most steps are', () => {
  const check = (text: string[], expected: string) => expect(frequencyOf(text.map(local))).toBe(expected)
  check(
    ['2026-01-01', '2026-01-02', '2026-01-03'].map(day => `${day}T00:00`),
    'D',
  )
  check(['2026-01-01T00:00', '2026-01-01T00:15', '2026-01-01T00:30'], '15min')
  check(['2026-01-01T00:00', '2026-01-01T01:00', '2026-01-01T02:00'], 'h')
  check(['2026-01-04T00:00', '2026-01-11T00:00', '2026-01-18T00:00'], 'W')
  check(['2026-01-01T00:00', '2026-02-01T00:00', '2026-03-01T00:00'], 'MS')
  check(['2026-01-01T00:00', '2026-04-01T00:00', '2026-07-01T00:00'], 'QS')
  check(['2024-01-01T00:00', '2025-01-01T00:00', '2026-01-01T00:00'], 'YS')
})

test('the example is a series of twelve weeks', () => {
  const series = readSeries(exampleSeries())
  expect(series.values).toHaveLength(84)
  expect(frequencyOf(series.seconds)).toBe('D')
})
