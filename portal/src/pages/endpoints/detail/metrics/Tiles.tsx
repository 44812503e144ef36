import { useQuery } from '@tanstack/react-query'
import { metricsOf } from '../../../../api/metrics'
import { asProblem } from '../../../../api/problem'
import { LoadingRows } from '../../../../components/LoadingRows'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { dayStart } from '../../../../time'
import { keyOf, type PartProps } from '../place'
import { TileRow } from './Tile'
import { tileNumbers } from './tileNumbers'

const AGAIN_MS = 15_000
const COUNTED = ['Requests', 'Errors', 'ThrottledRequests', 'PromptTokens', 'CompletionTokens', 'TotalTokens', 'Cost']

/** What the endpoint did since midnight, in UTC. */
export function Tiles({ endpoint, place }: PartProps) {
  const today = useQuery({
    queryKey: keyOf(place, 'today'),
    queryFn: async ({ signal }) => {
      const to = new Date()
      const from = new Date(dayStart(to.getTime()))
      const span = { from, to, interval: 'FULL' }
      const [counted, whole] = await Promise.all([
        metricsOf(endpoint.id, { ...span, names: COUNTED, aggregation: 'total' }, signal),
        metricsOf(endpoint.id, { ...span, names: ['Latency', 'TimeToFirstToken'], aggregation: 'p50,p95' }, signal),
      ])
      return tileNumbers(counted, whole)
    },
    refetchInterval: AGAIN_MS,
  })
  const again = () => void today.refetch()
  if (today.error) {
    return <ProblemMessage problem={asProblem(today.error)} title="Today's numbers are not shown" onRetry={again} />
  }
  if (!today.data) return <LoadingRows rows={2} what="today's numbers" onRetry={again} />
  const numbers = today.data.map((one, index) => (index < 3 ? { ...one, name: `${one.name} today, UTC` } : one))
  return <TileRow label="Today" numbers={numbers} />
}
