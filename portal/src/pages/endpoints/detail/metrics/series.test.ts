import { expect, test } from 'vitest'
import type { MetricSeries, Metrics, Point } from '../../../../api/metrics'
import { costs, counts, isEmpty, outcomes, percentiles, statusesOf } from './series'

const FIRST = '2026-11-21T10:00:00Z'
const SECOND = '2026-11-21T10:01:00Z'
const TIMES = [Date.parse(FIRST) / 1000, Date.parse(SECOND) / 1000]

function series(values: Record<string, string>, data: Point[]): MetricSeries {
  return { metadatavalues: Object.entries(values).map(([name, value]) => ({ name: { value: name }, value })), data }
}

function metrics(named: Record<string, MetricSeries[]>): Metrics {
  const value = Object.entries(named).map(([name, timeseries]) => ({
    name: { value: name },
    unit: 'Count',
    timeseries,
  }))
  return { interval: 'PT1M', timespan: '', value }
}

test('requests are told apart by what became of them', () => {
  const of = (status: string, first: number, second: number) =>
    series({ statuscode: status }, [
      { timeStamp: FIRST, total: first },
      { timeStamp: SECOND, total: second },
    ])
  const answer = metrics({
    Requests: [of('200', 3, 4), of('499', 0, 1), of('429', 2, 0), of('400', 1, 0), of('503', 0, 5)],
  })
  const lines = outcomes(answer, TIMES)
  expect(lines.series.map(line => [line.label, ...line.values])).toEqual([
    ['Answered', 3, 4],
    ['Throttled (429)', 2, 0],
    ['Refused (4xx)', 1, 1],
    ['Failed (5xx)', 0, 5],
  ])
  expect(statusesOf(answer)[0]).toEqual({ status: '200', requests: 7 })
})

test('what was not measured is a gap, and what was not counted is zero', () => {
  const answer = metrics({
    Latency: [series({}, [{ timeStamp: FIRST }, { timeStamp: SECOND, p50: 20, p95: 40, p99: 41 }])],
    Requests: [series({}, [{ timeStamp: FIRST }, { timeStamp: SECOND, total: 2 }])],
  })
  expect(percentiles(answer, 'Latency')).toEqual({
    times: TIMES,
    series: [
      { label: 'p50', values: [null, 20] },
      { label: 'p95', values: [null, 40] },
      { label: 'p99', values: [null, 41] },
    ],
  })
  expect(counts(answer, { Requests: 'Requests' }).series[0]?.values).toEqual([0, 2])
  expect(isEmpty(answer)).toBe(false)
  expect(isEmpty(metrics({ Requests: [series({}, [{ timeStamp: FIRST, total: 0 }])] }))).toBe(true)
})

test('each currency is a line of its own', () => {
  const answer = metrics({
    Cost: [
      series({ currency: 'USD' }, [{ timeStamp: FIRST, total: 1 }]),
      series({ currency: 'EUR' }, [{ timeStamp: SECOND, total: 2 }]),
    ],
  })
  expect(costs(answer).series).toEqual([
    { label: 'USD', values: [1, 0] },
    { label: 'EUR', values: [0, 2] },
  ])
})
