import { useQuery } from '@tanstack/react-query'
import { addressOf, call } from '../../../api/call'
import { asProblem } from '../../../api/problem'
import { CopyButton } from '../../../components/CopyButton'
import { type Column, DataTable } from '../../../components/DataTable'
import { EmptyState } from '../../../components/EmptyState'
import { LoadingRows } from '../../../components/LoadingRows'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { StateBadge } from '../../../components/StateBadge'
import { Time } from '../../../components/Time'
import { keyOf, type PartProps, type Place } from './place'

/** A line of the activity log, as far as this page needs it. */
export interface LogEvent {
  eventDataId: string
  eventTimestamp: string
  caller: string
  claims?: { name?: string }
  operationName: { value: string; localizedValue: string }
  status: { value: string }
  description: string
  operationId: string
  correlationId: string
}

/** What was done to an endpoint, newest first. */
export function activityOf(id: string, place: Place, signal: AbortSignal): Promise<LogEvent[]> {
  const address = addressOf(
    `/subscriptions/${place.subscription}/providers/Microsoft.Insights/eventtypes/management/values`,
    {
      'api-version': '2015-04-01',
      $filter: `resourceUri eq '${id.replaceAll("'", "''")}'`,
    },
  )
  return call<{ value: LogEvent[] }>(address, signal).then(page => page.value)
}

function toneOf(status: string) {
  return status === 'Failed' ? 'bad' : status === 'Succeeded' ? 'good' : 'off'
}

const COLUMNS: readonly Column<LogEvent>[] = [
  {
    id: 'time',
    title: 'Time',
    show: event => <Time at={event.eventTimestamp} seconds />,
    sortBy: event => event.eventTimestamp,
  },
  {
    id: 'what',
    title: 'What',
    show: event => <span title={event.operationName.value}>{event.operationName.localizedValue}</span>,
    sortBy: event => event.operationName.localizedValue,
  },
  {
    id: 'status',
    title: 'Status',
    show: event => <StateBadge tone={toneOf(event.status.value)}>{event.status.value}</StateBadge>,
    sortBy: event => event.status.value,
  },
  {
    id: 'who',
    title: 'Who',
    show: event => event.claims?.name || event.caller,
    sortBy: event => event.claims?.name || event.caller,
    narrow: 'hidden',
  },
  { id: 'said', title: 'Message', show: event => event.description || '–', narrow: 'hidden' },
  {
    id: 'id',
    title: 'Correlation',
    show: event => <CopyButton text={event.correlationId} label={`Copy the correlation id ${event.correlationId}`} />,
    narrow: 'hidden',
  },
]

const AGAIN_MS = 30_000

/** Who did what to the endpoint in the last ninety days. */
export function ActivityTab({ endpoint, place }: PartProps) {
  const events = useQuery({
    queryKey: keyOf(place, 'activity'),
    queryFn: ({ signal }) => activityOf(endpoint.id, place, signal),
    refetchInterval: AGAIN_MS,
  })
  const again = () => void events.refetch()
  if (events.error) return <ProblemMessage problem={asProblem(events.error)} onRetry={again} />
  if (events.isPending) return <LoadingRows what="the activity log" onRetry={again} />
  if (events.data.length === 0) {
    return (
      <EmptyState
        title="Nothing was done to this endpoint in the last 90 days"
        text="Who deploys, changes, shows keys or is refused is named here."
      />
    )
  }
  return (
    <DataTable
      label="events"
      rows={events.data}
      columns={COLUMNS}
      keyOf={event => event.eventDataId}
      wordsOf={event =>
        [
          event.operationName.localizedValue,
          event.status.value,
          event.claims?.name,
          event.caller,
          event.description,
        ].join(' ')
      }
      sortBy={{ column: 'time', descending: true }}
      rowsOfPage={25}
    />
  )
}
