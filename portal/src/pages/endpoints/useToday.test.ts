import { expect, test } from 'vitest'
import type { Metrics } from '../../api/metrics'
import { sumOfToday, todayOf } from './useToday'

function series(values: Record<string, string>, total: number) {
  const metadatavalues = Object.entries(values).map(([name, value]) => ({ name: { value: name }, value }))
  return { metadatavalues, data: [{ timeStamp: '2026-11-21T00:00:00Z', total }] }
}

const METRICS: Metrics = {
  interval: 'FULL',
  timespan: '',
  value: [
    {
      name: { value: 'Requests' },
      unit: 'Count',
      timeseries: [series({ endpoint: 'Hello' }, 7), series({ endpoint: 'other' }, 1)],
    },
    { name: { value: 'TotalTokens' }, unit: 'Count', timeseries: [series({ endpoint: 'hello' }, 120)] },
    {
      name: { value: 'Cost' },
      unit: 'Unspecified',
      timeseries: [
        series({ endpoint: 'hello', currency: 'USD' }, 0.5),
        series({ endpoint: 'hello', currency: 'EUR' }, 2),
        series({ endpoint: 'other', currency: 'USD' }, 0.25),
      ],
    },
  ],
}

test('numbers find their endpoint, whatever its case, and currencies stay apart', () => {
  const today = todayOf(METRICS)
  expect([...today.keys()]).toEqual(['hello', 'other'])
  expect(today.get('hello')).toEqual({
    requests: 7,
    tokens: 120,
    costs: new Map([
      ['USD', 0.5],
      ['EUR', 2],
    ]),
  })
  expect(sumOfToday(today.values())).toEqual({
    requests: 8,
    tokens: 120,
    costs: new Map([
      ['USD', 0.75],
      ['EUR', 2],
    ]),
  })
})
