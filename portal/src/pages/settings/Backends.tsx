import { Text, tokens } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { api, ask } from '../../api/client'
import { everyItem } from '../../api/pages'
import { asProblem } from '../../api/problem'
import { useScope } from '../../app/scope/ScopeContext'
import { Card } from '../../components/Card'
import { type Column, DataTable } from '../../components/DataTable'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'
import { type BackendRow, type Binding, rowsOf } from './backendRows'

const AGAIN_MS = 10_000

/** What serves the models, and how that is doing. */
export function Backends() {
  const { names } = useScope()
  const subscription = names?.subscription
  const bindings = useQuery({
    queryKey: ['backends', subscription],
    queryFn: async ({ signal }) => {
      const registries = await ask(
        api.GET('/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/registries', {
          params: { path: { subscription: subscription ?? '' } },
          signal,
        }),
      )
      const lists = await Promise.all(
        registries.value.map(registry =>
          everyItem<Binding>(
            api.GET('/providers/Cupola.Catalog/registries/{registry}/bindings', {
              params: { path: { registry: registry.name } },
              signal,
            }),
            signal,
          ),
        ),
      )
      return lists.flat()
    },
    enabled: subscription !== undefined,
    refetchInterval: AGAIN_MS,
  })
  if (!subscription) return null
  const again = () => void bindings.refetch()
  return (
    <Card title="Backends and workers">
      {bindings.error && <ProblemMessage problem={asProblem(bindings.error)} onRetry={again} />}
      {bindings.isPending ? (
        <LoadingRows rows={3} what="the backends" onRetry={again} />
      ) : (
        bindings.data && (
          <DataTable
            label="backends"
            rows={bindings.data.flatMap(rowsOf)}
            columns={COLUMNS}
            keyOf={row => `${row.id} ${row.backend}`}
            sortBy={{ column: 'model' }}
          />
        )
      )}
      <Text size={200}>Counts are of this process, since it started; a model without a deployment has none yet.</Text>
    </Card>
  )
}

const COLUMNS: readonly Column<BackendRow>[] = [
  {
    id: 'model',
    title: 'Model',
    show: row => (
      <span>
        <Text weight="semibold">{row.model}</Text>
        <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
          {row.registry}
        </Text>
      </span>
    ),
    sortBy: row => row.model,
  },
  {
    id: 'backend',
    title: 'Backend',
    show: row => (
      <span>
        {row.kind}
        {row.backend !== 'default' && ` ${row.backend}`}
        <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
          {row.where}
        </Text>
      </span>
    ),
    sortBy: row => row.kind,
    narrow: 'hidden',
  },
  {
    id: 'state',
    title: 'State',
    show: row => (
      <span>
        <StateBadge tone={row.tone}>{row.state}</StateBadge>
        {row.reason && (
          <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
            {row.reason}
          </Text>
        )}
      </span>
    ),
    sortBy: row => row.state,
  },
  {
    id: 'busy',
    title: 'In flight',
    kind: 'number',
    show: row => row.inFlight ?? '–',
    sortBy: row => row.inFlight,
    narrow: 'hidden',
  },
  {
    id: 'waiting',
    title: 'Waiting',
    kind: 'number',
    show: row => row.waiting ?? '–',
    sortBy: row => row.waiting,
    narrow: 'hidden',
  },
  {
    id: 'answered',
    title: 'Answered',
    kind: 'number',
    show: row => row.answered ?? '–',
    sortBy: row => row.answered,
    narrow: 'hidden',
  },
  { id: 'failed', title: 'Failed', kind: 'number', show: row => row.failed ?? '–', sortBy: row => row.failed },
]
