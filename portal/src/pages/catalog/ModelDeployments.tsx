import { makeStyles } from '@fluentui/react-components'
import { asProblem } from '../../api/problem'
import { type Held, useAccountDeployments } from '../../api/useAccountDeployments'
import { Card } from '../../components/Card'
import { type Column, DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { PageLink } from '../../components/PageLink'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { EndpointState, stateOf } from '../endpoints/EndpointState'
import { type CatalogModel, isModel, pathOf } from './model'
import { type Endpoint, useEndpointsOf } from './useHere'
import { useProjectPath } from './useProjectPath'

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: '16px' },
})

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

const IN_ACCOUNTS: readonly Column<Held>[] = [
  { id: 'name', title: 'Deployment', show: one => one.deployment.name, sortBy: one => one.deployment.name },
  { id: 'account', title: 'Account', show: one => one.account.name, sortBy: one => one.account.name },
  {
    id: 'state',
    title: 'State',
    show: ({ deployment }) => {
      const { provisioningState, deploymentState = 'Running' } = deployment.properties
      const word = provisioningState === 'Succeeded' ? deploymentState : (provisioningState ?? 'Unknown')
      return <StateBadge tone={word === 'Running' ? 'good' : 'busy'}>{word}</StateBadge>
    },
  },
  { id: 'region', title: 'Region', show: one => one.account.location ?? '–', narrow: 'hidden' },
]

/** Where the chosen project has deployed the model, and which accounts serve it. */
export function Deployments({ model }: { model: CatalogModel }) {
  const path = useProjectPath()
  const endpoints = useEndpointsOf(path)
  const accounts = useAccountDeployments(path?.subscription)
  const styles = useStyles()
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
  const served = accounts.held.filter(
    ({ deployment }) => deployment.properties.model.name.toLowerCase() === model.name.toLowerCase(),
  )
  const inAccounts = served.length > 0 && (
    <Card title="In accounts of the subscription" text="Each is asked at the address of its account, by its name.">
      <DataTable
        label="deployments of accounts"
        rows={served}
        columns={IN_ACCOUNTS}
        keyOf={one => one.deployment.id}
        sortBy={{ column: 'name' }}
      />
    </Card>
  )
  if (mine.length === 0) {
    return (
      <div className={styles.root}>
        <EmptyState
          title={`Not deployed in ${path.workspace}`}
          text="Other projects may have deployed it; choose one above to look there."
          action={<LinkButton to={`${pathOf(model)}/deploy`}>Deploy it here</LinkButton>}
        />
        {inAccounts}
      </div>
    )
  }
  return (
    <div className={styles.root}>
      <DataTable label="deployments" rows={mine} columns={COLUMNS} keyOf={one => one.id} sortBy={{ column: 'name' }} />
      {inAccounts}
    </div>
  )
}
