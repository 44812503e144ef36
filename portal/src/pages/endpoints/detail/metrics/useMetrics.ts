import { useQuery } from '@tanstack/react-query'
import { metricsOf } from '../../../../api/metrics'
import { asProblem } from '../../../../api/problem'
import { DAY_MS, HOUR_MS } from '../../../../time'
import { keyOf, type PartProps } from '../place'

/** How far back a chart goes, and what one of its points stands for. */
export interface Period {
  id: string
  title: string
  /** How it is told: `in the last hour`. */
  words: string
  lengthMs: number
  interval: string
  /** How often it is asked for again while it is live. */
  againMs: number
}

export const PERIODS: readonly Period[] = [
  { id: '1h', title: 'Last hour', words: 'in the last hour', lengthMs: HOUR_MS, interval: 'PT1M', againMs: 5000 },
  {
    id: '6h',
    title: 'Last 6 hours',
    words: 'in the last 6 hours',
    lengthMs: 6 * HOUR_MS,
    interval: 'PT5M',
    againMs: 15_000,
  },
  {
    id: '24h',
    title: 'Last 24 hours',
    words: 'in the last 24 hours',
    lengthMs: DAY_MS,
    interval: 'PT15M',
    againMs: 30_000,
  },
  {
    id: '7d',
    title: 'Last 7 days',
    words: 'in the last 7 days',
    lengthMs: 7 * DAY_MS,
    interval: 'PT1H',
    againMs: 60_000,
  },
  {
    id: '30d',
    title: 'Last 30 days',
    words: 'in the last 30 days',
    lengthMs: 30 * DAY_MS,
    interval: 'PT6H',
    againMs: 60_000,
  },
]

/** The period with this id, or the first. */
export function periodOf(id: string | null): Period {
  return PERIODS.find(one => one.id === id) ?? (PERIODS[0] as Period)
}

const COUNTED = [
  'Requests',
  'Errors',
  'ThrottledRequests',
  'PromptTokens',
  'CachedPromptTokens',
  'CompletionTokens',
  'TotalTokens',
  'Cost',
]
const MEASURED = ['Latency', 'TimeToFirstToken']
const PERCENTILES = 'average,maximum,count,p50,p95,p99'

/** What a chart shows: counts and times over the period, and the same as one number. */
export function useMetrics({ endpoint, place }: PartProps, period: Period, live: boolean) {
  const query = useQuery({
    queryKey: keyOf(place, 'metrics', period.id),
    queryFn: async ({ signal }) => {
      const to = new Date()
      const from = new Date(to.getTime() - period.lengthMs)
      const span = { from, to, interval: period.interval }
      const [counted, measured, statuses, whole] = await Promise.all([
        metricsOf(endpoint.id, { ...span, names: COUNTED, aggregation: 'total' }, signal),
        metricsOf(endpoint.id, { ...span, names: MEASURED, aggregation: PERCENTILES }, signal),
        metricsOf(endpoint.id, { ...span, names: ['Requests'], filter: "StatusCode eq '*'", top: 50 }, signal),
        metricsOf(endpoint.id, { from, to, interval: 'FULL', names: MEASURED, aggregation: PERCENTILES }, signal),
      ])
      return { counted, measured, statuses, whole, askedAt: to.getTime() }
    },
    refetchInterval: live ? period.againMs : false,
    placeholderData: undefined,
  })
  return {
    data: query.data,
    problem: query.error ? asProblem(query.error) : undefined,
    again: () => void query.refetch(),
  }
}

export type MetricData = NonNullable<ReturnType<typeof useMetrics>['data']>
