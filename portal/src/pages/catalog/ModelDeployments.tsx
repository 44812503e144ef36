import { asProblem } from '../../api/problem'
import { type Column, DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { PageLink } from '../../components/PageLink'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Time } from '../../components/Time'
import { EndpointState, stateOf } from '../endpoints/EndpointState'
import { type CatalogModel, isModel, pathOf } from './model'
import { type Endpoint, useEndpointsOf } from './useHere'
import { useProjectPath } from './useProjectPath'

const COLUMNS: readonly Column<Endpoint>[] = [
  {
    id: 'name',
    title: 'Endpoint',
    show: endpoint => <PageLink to={`/endpoints/${endpoint.name}`}>{endpoint.name}</PageLink>,
    sortBy: endpoint => endpoint.name,
  },
  {
    id: 'state',
    title: 'State',
    show: endpoint => <EndpointState endpoint={endpoint} />,
    sortBy: endpoint => stateOf(endpoint).word,
  },
  { id: 'region', title: 'Region', show: endpoint => endpoint.location, sortBy: endpoint => endpoint.location },
  {
    id: 'created',
    title: 'Created',
    show: endpoint => <Time at={endpoint.systemData?.createdAt} />,
    sortBy: endpoint => endpoint.systemData?.createdAt,
    narrow: 'hidden',
  },
]

/** Where the chosen project has deployed the model. */
export function Deployments({ model }: { model: CatalogModel }) {
  const path = useProjectPath()
  const endpoints = useEndpointsOf(path)
  const again = () => void endpoints.refetch()
  if (!path) {
    return (
      <EmptyState
        title="No project is chosen"
        text="Models are deployed in projects. Choose one above to see its deployments of this model."
      />
    )
  }
  if (endpoints.error) return <ProblemMessage problem={asProblem(endpoints.error)} onRetry={again} />
  if (!endpoints.data) return <LoadingRows what="the deployments" onRetry={again} />
  const mine = endpoints.data.filter(one => isModel(model, one.properties.modelSettings?.modelId))
  if (mine.length === 0) {
    return (
      <EmptyState
        title={`Not deployed in ${path.workspace}`}
        text="Other projects may have deployed it; choose one above to look there."
        action={<LinkButton to={`${pathOf(model)}/deploy`}>Deploy it here</LinkButton>}
      />
    )
  }
  return (
    <DataTable label="deployments" rows={mine} columns={COLUMNS} keyOf={one => one.id} sortBy={{ column: 'name' }} />
  )
}
