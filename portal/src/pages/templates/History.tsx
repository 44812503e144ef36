import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client'
import { everyItem } from '../../api/pages'
import { asProblem } from '../../api/problem'
import { type Column, DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { PageLink } from '../../components/PageLink'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Time } from '../../components/Time'
import { RunState, secondsOf } from './RunState'
import type { Deployment } from './send'
import { ALL, at, WHOLE } from './target'
import { useTarget } from './useTarget'

const AGAIN_MS = 10_000

/** The deployments of a group or of the subscription, the latest first. */
export function History() {
  const { target } = useTarget()
  const into = target?.group ?? WHOLE
  const deployments = useQuery({
    queryKey: ['deployments', target],
    queryFn: ({ signal }) => (target ? everyItem<Deployment>(api.GET(ALL, { ...at(target), signal }), signal) : []),
    enabled: target !== undefined,
    refetchInterval: AGAIN_MS,
  })
  const again = () => void deployments.refetch()
  const columns: Column<Deployment>[] = [
    {
      id: 'name',
      title: 'Name',
      show: one => (
        <PageLink to={`/templates/history/${encodeURIComponent(one.name)}?into=${encodeURIComponent(into)}`}>
          {one.name}
        </PageLink>
      ),
      sortBy: one => one.name,
    },
    {
      id: 'state',
      title: 'State',
      show: one => <RunState state={one.properties.provisioningState} />,
      sortBy: one => one.properties.provisioningState,
    },
    {
      id: 'time',
      title: 'Last change',
      show: one => <Time at={one.properties.timestamp} />,
      sortBy: one => one.properties.timestamp,
    },
    {
      id: 'duration',
      title: 'Duration',
      kind: 'number',
      show: one => `${secondsOf(one.properties.duration)} s`,
      sortBy: one => secondsOf(one.properties.duration),
      narrow: 'hidden',
    },
    {
      id: 'mode',
      title: 'Mode',
      show: one => one.properties.mode ?? '–',
      sortBy: one => one.properties.mode,
      narrow: 'hidden',
    },
  ]
  if (deployments.error) return <ProblemMessage problem={asProblem(deployments.error)} onRetry={again} />
  if (!deployments.data) return <LoadingRows what="the history" onRetry={again} />
  if (deployments.data.length === 0) {
    return (
      <EmptyState
        title={`Nothing was deployed into ${into === WHOLE ? 'the subscription itself' : 'this group'} yet`}
        text="Deployments stay here with their steps, outputs and errors, also those that the command line began."
        action={
          <LinkButton to="/templates" appearance="primary">
            Deploy a template
          </LinkButton>
        }
      />
    )
  }
  return (
    <DataTable
      label="deployments"
      rows={deployments.data}
      columns={columns}
      keyOf={one => one.id}
      wordsOf={one => `${one.name} ${one.properties.provisioningState}`}
    />
  )
}
