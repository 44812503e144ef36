// Answers of the monitor as lines of charts.

import {
  dimensionOf,
  type MetricSeries,
  type Metrics,
  seriesOf,
  sumOf,
  timesOf,
  valuesAt,
} from '../../../../api/metrics'

export interface Lines {
  times: number[]
  series: { label: string; values: (number | null)[] }[]
}

/** Counts of several metrics; where nothing was counted there is zero. */
export function counts(metrics: Metrics, names: Readonly<Record<string, string>>): Lines {
  const times = timesOf(metrics)
  const series = Object.entries(names).map(([name, label]) => ({
    label,
    values: added(seriesOf(metrics, name), times),
  }))
  return { times, series }
}

// Cost comes as a series for each currency; they are charted together only where there is one.
function added(all: readonly MetricSeries[], times: readonly number[]): number[] {
  const each = all.map(series => valuesAt(series, times, 'total', 0))
  return times.map((_, index) => each.reduce((sum, values) => sum + (values[index] ?? 0), 0))
}

/** Costs, each currency a line of its own. */
export function costs(metrics: Metrics): Lines {
  const times = timesOf(metrics)
  const found = seriesOf(metrics, 'Cost')
  const series = found.map(one => ({
    label: dimensionOf(one, 'Currency') || 'Cost',
    values: valuesAt(one, times, 'total', 0),
  }))
  return { times, series: series.length > 0 ? series : [{ label: 'Cost', values: times.map(() => 0) }] }
}

/** Percentiles of a time; where nothing was measured there is no point. */
export function percentiles(metrics: Metrics, name: string): Lines {
  const times = timesOf(metrics)
  const series = ['p50', 'p95', 'p99'].map(percentile => ({
    label: percentile,
    values: valuesAt(seriesOf(metrics, name)[0], times, percentile, null),
  }))
  return { times, series }
}

/** Requests by what became of them: answered, wrong, over a limit, failed here. */
export function outcomes(metrics: Metrics, times: readonly number[]): Lines {
  const all = seriesOf(metrics, 'Requests')
  const of = (is: (status: number) => boolean) =>
    added(
      all.filter(series => is(Number(dimensionOf(series, 'StatusCode')))),
      times,
    )
  return {
    times: [...times],
    series: [
      { label: 'Answered', values: of(status => status < 400) },
      { label: 'Throttled (429)', values: of(status => status === 429) },
      { label: 'Refused (4xx)', values: of(status => status >= 400 && status < 500 && status !== 429) },
      { label: 'Failed (5xx)', values: of(status => status >= 500) },
    ],
  }
}

/** How many requests had each status, the most frequent first. */
export function statusesOf(metrics: Metrics): { status: string; requests: number }[] {
  return seriesOf(metrics, 'Requests')
    .map(series => ({ status: dimensionOf(series, 'StatusCode'), requests: sumOf(series) }))
    .sort((a, b) => b.requests - a.requests)
}

/** Is there anything to draw? */
export function isEmpty(metrics: Metrics): boolean {
  return metrics.value.every(metric => metric.timeseries.every(series => sumOf(series) === 0))
}
