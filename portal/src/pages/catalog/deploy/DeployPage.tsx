import { asProblem } from '../../../api/problem'
import { Page } from '../../../app/Page'
import { useScope } from '../../../app/scope/ScopeContext'
import { EmptyState } from '../../../components/EmptyState'
import { LoadingRows } from '../../../components/LoadingRows'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { CATALOG, ModelFrame } from '../ModelFrame'
import { type CatalogModel, pathOf } from '../model'
import { useEndpointsOf, useMarketplaceSubscriptions } from '../useHere'
import { useProjectPath } from '../useProjectPath'
import { DeployForm } from './DeployForm'

/** Deploys the model of the address in the chosen project. */
export function DeployPage() {
  return <ModelFrame>{model => <Deploy model={model} />}</ModelFrame>
}

function Deploy({ model }: { model: CatalogModel }) {
  const scope = useScope()
  const path = useProjectPath()
  const endpoints = useEndpointsOf(path)
  const subscriptions = useMarketplaceSubscriptions(path)
  const region = scope.workspace?.location
  const error = scope.problem ?? endpoints.error ?? subscriptions.error
  const again = () => {
    scope.retry()
    void endpoints.refetch()
    void subscriptions.refetch()
  }
  const title = model.soldBy === 'partner' ? `Subscribe and deploy ${model.displayName}` : `Deploy ${model.displayName}`
  return (
    <Page
      title={title}
      subtitle={path && `As a serverless API in the project ${path.workspace}. Another project is chosen above.`}
      above={[CATALOG, { label: model.displayName, to: pathOf(model) }]}
    >
      {path && region && endpoints.data && subscriptions.data ? (
        // Another project is another form.
        <DeployForm
          key={`${path.subscription} ${path.group} ${path.workspace}`}
          model={model}
          path={path}
          region={region}
          endpoints={endpoints.data}
          subscriptions={subscriptions.data}
        />
      ) : error ? (
        <ProblemMessage problem={asProblem(error)} onRetry={again} />
      ) : scope.isLoading || (path && region) ? (
        <LoadingRows what="the project" onRetry={again} />
      ) : (
        <EmptyState
          title={path ? `You may not see the project ${path.workspace}` : 'There is no project to deploy in'}
          text="A model is deployed in a project, which has a region and whose group pays. Choose one above, or make one, then come back."
          code="cupola ml workspace create --kind project -n my-project -g cupola"
        />
      )}
    </Page>
  )
}
