// The monitor's numbers over time, and what can be read from them: docs/usage.md.

import { addressOf, call } from './call'

export interface Point {
  timeStamp: string
  /** `total`, `average`, `count`, `maximum`, `p95`; what was not measured is not there. */
  [aggregation: string]: number | string | undefined
}

export interface MetricSeries {
  metadatavalues: readonly { name: { value: string }; value: string }[]
  data?: readonly Point[]
}

export interface Metrics {
  interval: string
  timespan: string
  value: readonly { name: { value: string }; unit: string; timeseries: readonly MetricSeries[] }[]
}

export interface MetricQuestion {
  names: readonly string[]
  from: Date
  to: Date
  interval: string
  aggregation?: string
  filter?: string
  top?: number
}

/** Asks for metrics of a resource. */
export function metricsOf(resource: string, question: MetricQuestion, signal?: AbortSignal): Promise<Metrics> {
  const address = addressOf(`${resource}/providers/Microsoft.Insights/metrics`, {
    'api-version': '2023-10-01',
    metricnames: question.names.join(','),
    timespan: `${instant(question.from)}/${instant(question.to)}`,
    interval: question.interval,
    aggregation: question.aggregation,
    $filter: question.filter,
    top: question.top,
  })
  return call<Metrics>(address, signal)
}

function instant(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

/** The series of a metric. */
export function seriesOf(metrics: Metrics | undefined, name: string): readonly MetricSeries[] {
  return metrics?.value.find(one => one.name.value === name)?.timeseries ?? []
}

/** The value that a dimension has in a series. */
export function dimensionOf(series: MetricSeries, dimension: string): string {
  const found = series.metadatavalues.find(one => one.name.value.toLowerCase() === dimension.toLowerCase())
  return found?.value ?? ''
}

/** The sum of an aggregation over all points of a series. */
export function sumOf(series: MetricSeries | undefined, aggregation = 'total'): number {
  return (series?.data ?? []).reduce((sum, point) => sum + (numberAt(point, aggregation) ?? 0), 0)
}

/** What a point has of an aggregation; `undefined` where nothing was measured. */
export function numberAt(point: Point | undefined, aggregation: string): number | undefined {
  const value = point?.[aggregation]
  return typeof value === 'number' ? value : undefined
}

/** What a point of time has, or nothing: the values of one aggregation, for a chart with these times. */
export function valuesAt(
  series: MetricSeries | undefined,
  times: readonly number[],
  aggregation: string,
  missing: number | null,
): (number | null)[] {
  const known = new Map(
    (series?.data ?? []).map(point => [Date.parse(point.timeStamp) / 1000, numberAt(point, aggregation)]),
  )
  return times.map(second => known.get(second) ?? missing)
}

/** The times of all series of an answer, in seconds, ascending. */
export function timesOf(metrics: Metrics | undefined): number[] {
  const seconds = new Set<number>()
  for (const metric of metrics?.value ?? []) {
    for (const series of metric.timeseries) {
      for (const point of series.data ?? []) seconds.add(Date.parse(point.timeStamp) / 1000)
    }
  }
  return [...seconds].sort((a, b) => a - b)
}
