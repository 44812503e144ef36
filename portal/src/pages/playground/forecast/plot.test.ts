import { expect, test } from 'vitest'
import { plotOf } from './plot'

test('past and forecast stand on one line of time, joined at the last value', () => {
  const body = { y: { '2026-01-01': 1, '2026-01-02': null, '2026-01-03': 3 }, level: [80, 95] }
  const plot = plotOf(body, {
    data: {
      timestamp: ['2026-01-04 00:00:00'],
      value: [4],
      'lo-80': [3.5],
      'hi-80': [4.5],
      input_tokens: 3,
      output_tokens: 3,
    },
  })
  const day = (text: string) => new Date(`${text}T00:00`).getTime() / 1000
  expect(plot.times).toEqual(['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'].map(day))
  expect(plot.series).toEqual([
    { label: 'Series', values: [1, null, 3, null] },
    { label: 'Forecast', values: [null, null, 3, 4] },
    { label: '80% up to', values: [null, null, null, 4.5] },
    { label: '80% from', values: [null, null, null, 3.5] },
  ])
  // A level that did not come back has no band.
  expect(plot.bands).toEqual([[2, 3]])
})
