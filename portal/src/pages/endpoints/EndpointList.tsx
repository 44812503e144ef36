import { Button, Text, tokens } from '@fluentui/react-components'
import { Add20Regular, ArrowClockwise20Regular } from '@fluentui/react-icons'
import { useMemo } from 'react'
import { asProblem } from '../../api/problem'
import { Page } from '../../app/Page'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { columnsWith } from './columns'
import { stateOf } from './EndpointState'
import { amounts, compact, count } from './numbers'
import { type Endpoint, useEndpoints } from './useEndpoints'
import { sumOfToday, useToday } from './useToday'

function wordsOf(endpoint: Endpoint): string {
  const { modelSettings, inferenceEndpoint } = endpoint.properties
  return [
    endpoint.name,
    stateOf(endpoint).word,
    modelSettings?.modelId,
    endpoint.location,
    inferenceEndpoint?.uri,
  ].join(' ')
}

/** The models that this project has deployed, each with an address and keys of its own. */
export function EndpointList() {
  const { path } = useWorkspace()
  const endpoints = useEndpoints()
  const { again } = endpoints
  const today = useToday()
  const columns = useMemo(() => columnsWith(today.data), [today.data])
  return (
    <Page
      title="Endpoints"
      subtitle={`Models that ${path.workspace} has deployed, each with an address and two keys of its own.`}
      actions={
        <>
          <LinkButton to="/catalog" appearance="primary" icon={<Add20Regular />}>
            Deploy a model
          </LinkButton>
          <Button icon={<ArrowClockwise20Regular />} onClick={again}>
            Refresh
          </Button>
        </>
      }
    >
      {endpoints.error && <ProblemMessage problem={asProblem(endpoints.error)} onRetry={again} />}
      {endpoints.isPending ? (
        <LoadingRows what="the endpoints" onRetry={again} />
      ) : endpoints.data === undefined ? null : endpoints.data.length === 0 ? (
        <EmptyState
          title="Nothing is deployed in this project yet"
          text="Choose a model, accept its terms where it has any, and it answers at an address of its own within a minute."
          action={
            <LinkButton to="/catalog" appearance="primary">
              Look at the models
            </LinkButton>
          }
        />
      ) : (
        <DataTable
          label="endpoints"
          rows={endpoints.data}
          columns={columns}
          tools={<TodayInAll today={today} />}
          keyOf={endpoint => endpoint.id}
          wordsOf={wordsOf}
          sortBy={{ column: 'name' }}
        />
      )}
    </Page>
  )
}

/** The sums of the project since midnight, or why they are not shown. */
function TodayInAll({ today }: { today: ReturnType<typeof useToday> }) {
  const style = { color: tokens.colorNeutralForeground2 }
  if (today.problem) {
    const why = today.problem.refused
      ? `it takes ${today.problem.refused.action} on this project`
      : today.problem.message
    return <Text style={style}>Requests, tokens and cost are not shown: {why}</Text>
  }
  if (!today.data) return null
  const sum = sumOfToday(today.data.values())
  return (
    <Text style={style}>
      Today, by UTC, in this project: {count(sum.requests)} requests, refused ones included, {compact(sum.tokens)}{' '}
      tokens, {amounts(sum.costs)}
    </Text>
  )
}
