import { Button, Text } from '@fluentui/react-components'
import { CopyButton } from '../../../../components/CopyButton'
import type { Column } from '../../../../components/DataTable'
import { money } from '../../../../components/Money'
import { StateBadge } from '../../../../components/StateBadge'
import { Time } from '../../../../components/Time'
import { count, milliseconds } from '../../numbers'
import { completionOf, credentialOf, outcomeOf, promptOf, type RecentRequest } from './record'

// An id and its copy stand beside each other, and fit on a telephone.
const CLOSE = { minWidth: 0, paddingInline: 0 } as const

function measured(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '–' : milliseconds(ms)
}

function toneOf(request: RecentRequest) {
  if (request.status >= 500 || request.outcome === 'backend-failed') return 'bad'
  if (request.status >= 400 || request.outcome !== 'complete') return 'busy'
  return 'good'
}

/** The columns of recent requests; an id leads to what is known of it. */
export function columnsWith(explain: (id: string) => void): readonly Column<RecentRequest>[] {
  return [
    {
      id: 'time',
      title: 'Time',
      show: request => <Time at={request.time} seconds />,
      sortBy: request => request.time,
    },
    {
      id: 'id',
      title: 'Request',
      show: request => (
        <span style={{ display: 'inline-flex', alignItems: 'center', direction: 'ltr' }}>
          <Button
            size="small"
            appearance="transparent"
            style={CLOSE}
            onClick={() => explain(request.id)}
            title={request.id}
          >
            <Text font="monospace" size={200}>
              {request.id.slice(0, 8)}…{request.id.slice(-4)}
            </Text>
          </Button>
          <CopyButton text={request.id} label={`Copy the id ${request.id}`} />
        </span>
      ),
    },
    {
      id: 'status',
      title: 'Status',
      show: request => (
        <StateBadge tone={toneOf(request)}>{`${request.status} ${outcomeOf(request.outcome)}`}</StateBadge>
      ),
      sortBy: request => request.status,
    },
    {
      id: 'operation',
      title: 'Operation',
      show: request => request.operation,
      sortBy: request => request.operation,
      narrow: 'hidden',
    },
    {
      id: 'credential',
      title: 'Key or principal',
      show: request => credentialOf(request.credential),
      sortBy: request => credentialOf(request.credential),
      narrow: 'hidden',
    },
    {
      id: 'prompt',
      title: 'In',
      kind: 'number',
      narrow: 'hidden',
      show: request => {
        const { all, cached } = promptOf(request.usage)
        return <span title={cached > 0 ? `${count(cached)} of them cached` : undefined}>{count(all)}</span>
      },
      sortBy: request => promptOf(request.usage).all,
    },
    {
      id: 'completion',
      title: 'Out',
      kind: 'number',
      narrow: 'hidden',
      show: request => {
        const { all, reasoning } = completionOf(request.usage)
        return <span title={reasoning > 0 ? `${count(reasoning)} of them reasoning` : undefined}>{count(all)}</span>
      },
      sortBy: request => completionOf(request.usage).all,
    },
    {
      id: 'cost',
      title: 'Cost',
      kind: 'number',
      narrow: 'hidden',
      show: request => (
        <span title={`${request.cost} ${request.currency}`}>{money(Number(request.cost), request.currency)}</span>
      ),
      sortBy: request => Number(request.cost),
    },
    {
      id: 'duration',
      title: 'Took',
      kind: 'number',
      show: request => measured(request.durationMs),
      sortBy: request => request.durationMs ?? undefined,
      narrow: 'hidden',
    },
    {
      id: 'first',
      title: 'First token',
      kind: 'number',
      show: request => measured(request.timeToFirstTokenMs),
      sortBy: request => request.timeToFirstTokenMs ?? undefined,
      narrow: 'hidden',
    },
  ]
}
