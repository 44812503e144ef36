import { Button, makeStyles } from '@fluentui/react-components'
import { ArrowClockwise20Regular, Chat20Regular, Code20Regular, Delete20Regular } from '@fluentui/react-icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ComponentType, useState } from 'react'
import { useParams } from 'react-router'
import { api, ask } from '../../../api/client'
import { asProblem } from '../../../api/problem'
import { Page } from '../../../app/Page'
import { useWorkspace } from '../../../app/scope/ScopeContext'
import { useSearch } from '../../../app/useSearch'
import { EmptyState } from '../../../components/EmptyState'
import { GuardedButton } from '../../../components/GuardedButton'
import { LinkButton } from '../../../components/LinkButton'
import { LoadingRows } from '../../../components/LoadingRows'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { Tabs } from '../../../components/Tabs'
import { isPlayed } from '../../playground/model/targets'
import { EndpointState } from '../EndpointState'
import { modelName } from '../modelName'
import type { Endpoint } from '../useEndpoints'
import { ActivityTab } from './ActivityTab'
import { CodeTab } from './CodeTab'
import { DeleteEndpoint } from './DeleteEndpoint'
import { FilterTab } from './filter/FilterTab'
import { HealthBar } from './HealthBar'
import { LimitsTab } from './limits/LimitsTab'
import { MetricsTab } from './metrics/MetricsTab'
import { Overview } from './Overview'
import { ENDPOINT, keyOf, type PartProps } from './place'
import { RequestsTab } from './requests/RequestsTab'
import { useModel } from './useModel'

const useStyles = makeStyles({
  tabs: { marginBlockEnd: '16px', marginInline: '-8px' },
})

const TABS: readonly { id: string; title: string; show: ComponentType<PartProps> }[] = [
  { id: 'overview', title: 'Overview', show: Overview },
  { id: 'code', title: 'Code', show: CodeTab },
  { id: 'metrics', title: 'Metrics', show: MetricsTab },
  { id: 'requests', title: 'Requests', show: RequestsTab },
  { id: 'limits', title: 'Limits', show: LimitsTab },
  { id: 'filter', title: 'Content filter', show: FilterTab },
  { id: 'activity', title: 'Activity', show: ActivityTab },
]

const AGAIN_MS = 15_000
const AGAIN_WHILE_BUSY_MS = 1500
const ABOVE = [{ label: 'Endpoints', to: '/endpoints' }]

function isBusy(endpoint: Endpoint | undefined): boolean {
  const state = endpoint?.properties.provisioningState
  return state !== undefined && state !== 'Succeeded' && state !== 'Failed'
}

/** One endpoint: whether it answers, how to ask it, what it may spend and did. */
export function EndpointPage() {
  const { name = '' } = useParams()
  const { path } = useWorkspace()
  const place = { ...path, name }
  const found = useQuery({
    queryKey: keyOf(place),
    queryFn: ({ signal }) => ask(api.GET(ENDPOINT, { params: { path: place }, signal })),
    refetchInterval: query => (isBusy(query.state.data) ? AGAIN_WHILE_BUSY_MS : AGAIN_MS),
  })
  const problem = found.error ? asProblem(found.error) : undefined
  const again = () => void found.refetch()

  // It is gone, whatever was known of it before.
  if (problem?.status === 404) {
    return (
      <Page title={name} above={ABOVE}>
        <EmptyState
          title={`There is no endpoint ${name} in ${path.workspace}`}
          text="It may have been deleted, or it belongs to another project: choose that one above."
          action={
            <LinkButton to="/endpoints" appearance="primary">
              All endpoints
            </LinkButton>
          }
        />
      </Page>
    )
  }
  if (found.data) {
    return <Loaded endpoint={found.data} place={place} problem={problem} />
  }
  return (
    <Page title={name} above={ABOVE}>
      {problem ? (
        <ProblemMessage problem={problem} onRetry={again} />
      ) : (
        <LoadingRows what={`the endpoint ${name}`} onRetry={again} />
      )}
    </Page>
  )
}

function Loaded({ endpoint, place, problem }: PartProps & { problem: ReturnType<typeof asProblem> | undefined }) {
  const styles = useStyles()
  const queries = useQueryClient()
  const [search, setSearch] = useSearch()
  const [deleting, setDeleting] = useState(false)
  const tab = TABS.find(one => one.id === search.get('tab')) ?? TABS[0]
  const again = () => void queries.invalidateQueries({ queryKey: keyOf(place) })
  const { model, registry } = modelName(endpoint.properties.modelSettings?.modelId)
  const task = useModel(endpoint.properties.modelSettings?.modelId).data?.task
  const name = encodeURIComponent(endpoint.name)

  function open(id: string) {
    setSearch(
      old => {
        const next = new URLSearchParams(old)
        if (id === 'overview') next.delete('tab')
        else next.set('tab', id)
        return next
      },
      { replace: true },
    )
  }

  return (
    <Page
      title={endpoint.name}
      above={ABOVE}
      subtitle={
        <>
          <EndpointState endpoint={endpoint} /> · {model}
          {registry && ` of ${registry}`} · {endpoint.location}
        </>
      }
      actions={
        <>
          {isPlayed(task) ? (
            <LinkButton to={`/playground?endpoint=${name}`} appearance="primary" icon={<Chat20Regular />}>
              Try it
            </LinkButton>
          ) : (
            <LinkButton to={`/endpoints/${name}?tab=code`} appearance="primary" icon={<Code20Regular />}>
              Ask it from code
            </LinkButton>
          )}
          <Button icon={<ArrowClockwise20Regular />} onClick={again}>
            Refresh
          </Button>
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/delete"
            scope={endpoint.id}
            icon={<Delete20Regular />}
            onClick={() => setDeleting(true)}
          >
            Delete
          </GuardedButton>
        </>
      }
    >
      {problem && <ProblemMessage problem={problem} onRetry={again} />}
      <HealthBar endpoint={endpoint} place={place} />
      <Tabs
        className={styles.tabs}
        label={`Parts of ${endpoint.name}`}
        tabs={TABS.map(one => ({ value: one.id, title: one.title, id: `tab-${one.id}` }))}
        selected={tab?.id ?? ''}
        onSelect={open}
      />
      {tab && (
        <div role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
          <tab.show endpoint={endpoint} place={place} />
        </div>
      )}
      <DeleteEndpoint endpoint={endpoint} place={place} open={deleting} onClose={() => setDeleting(false)} />
    </Page>
  )
}
