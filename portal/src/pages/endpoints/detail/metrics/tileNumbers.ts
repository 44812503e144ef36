import { dimensionOf, type Metrics, numberAt, seriesOf, sumOf } from '../../../../api/metrics'
import { amounts, compact, count, milliseconds, share } from '../../numbers'
import type { TileNumber } from './Tile'

/** What is shown in large: from counts, and from times over the same period as one. */
export function tileNumbers(counted: Metrics, whole: Metrics): TileNumber[] {
  const total = (name: string) => seriesOf(counted, name).reduce((sum, series) => sum + sumOf(series), 0)
  const costs = new Map(seriesOf(counted, 'Cost').map(series => [dimensionOf(series, 'Currency'), sumOf(series)]))
  const time = (title: string, name: string): TileNumber => {
    const point = seriesOf(whole, name)[0]?.data?.[0]
    const [p95, p50] = [numberAt(point, 'p95'), numberAt(point, 'p50')]
    if (p95 === undefined || p50 === undefined) return { name: title, value: '–', more: 'nothing was measured' }
    return { name: title, value: milliseconds(p95), more: `half within ${milliseconds(p50)}` }
  }
  const [requests, errors, throttled] = [total('Requests'), total('Errors'), total('ThrottledRequests')]
  return [
    { name: 'Requests', value: count(requests), more: 'refused ones included' },
    {
      name: 'Tokens',
      value: compact(total('TotalTokens')),
      more: `${compact(total('PromptTokens'))} in, ${compact(total('CompletionTokens'))} out`,
    },
    { name: 'Cost', value: amounts(costs) },
    { name: 'Errors', value: count(errors), more: `${share(errors, requests)} of requests` },
    { name: 'Throttled', value: count(throttled), more: 'refused with 429' },
    time('Latency, p95', 'Latency'),
    time('First token, p95', 'TimeToFirstToken'),
  ]
}
