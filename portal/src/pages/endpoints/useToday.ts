import { useQuery } from '@tanstack/react-query'
import { dimensionOf, type Metrics, metricsOf, seriesOf, sumOf } from '../../api/metrics'
import { asProblem } from '../../api/problem'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { dayStart } from '../../time'

/** What an endpoint did since midnight, in UTC. */
export interface Today {
  /** Refused ones among them. */
  requests: number
  tokens: number
  /** By currency: sums of different ones are no sum. */
  costs: ReadonlyMap<string, number>
}

const AGAIN_MS = 30_000
// More endpoints than anybody has in a project.
const SERIES_MAX = 1000

/** What every endpoint of the project did since midnight, in one question. */
export function useToday() {
  const { path } = useWorkspace()
  const project = `/subscriptions/${path.subscription}/resourceGroups/${path.group}/providers/Microsoft.MachineLearningServices/workspaces/${path.workspace}`
  const today = useQuery({
    queryKey: ['endpoints', path, 'today'],
    queryFn: ({ signal }) => {
      const now = Date.now()
      const question = {
        names: ['Requests', 'TotalTokens', 'Cost'],
        from: new Date(dayStart(now)),
        to: new Date(now),
        interval: 'FULL',
        aggregation: 'total',
        filter: "Endpoint eq '*'",
        top: SERIES_MAX,
      }
      return metricsOf(project, question, signal)
    },
    select: todayOf,
    refetchInterval: AGAIN_MS,
  })
  return { data: today.data, problem: today.error ? asProblem(today.error) : undefined }
}

/** The numbers by the folded name of their endpoint. */
export function todayOf(metrics: Metrics): ReadonlyMap<string, Today> {
  const found = new Map<string, { requests: number; tokens: number; costs: Map<string, number> }>()
  for (const name of ['Requests', 'TotalTokens', 'Cost']) {
    for (const series of seriesOf(metrics, name)) {
      const endpoint = dimensionOf(series, 'Endpoint').toLowerCase()
      const today = found.get(endpoint) ?? { requests: 0, tokens: 0, costs: new Map<string, number>() }
      found.set(endpoint, today)
      const sum = sumOf(series)
      if (name === 'Requests') today.requests += sum
      else if (name === 'TotalTokens') today.tokens += sum
      else {
        const currency = dimensionOf(series, 'Currency')
        today.costs.set(currency, (today.costs.get(currency) ?? 0) + sum)
      }
    }
  }
  return found
}

/** The sum of several. */
export function sumOfToday(all: Iterable<Today>): Today {
  let [requests, tokens] = [0, 0]
  const costs = new Map<string, number>()
  for (const one of all) {
    requests += one.requests
    tokens += one.tokens
    for (const [currency, cost] of one.costs) costs.set(currency, (costs.get(currency) ?? 0) + cost)
  }
  return { requests, tokens, costs }
}
