import { useMemo, useState } from 'react'
import { asProblem } from '../../api/problem'
import { Page } from '../../app/Page'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { projectId } from '../catalog/useHere'
import { columnsOf } from './columns'
import { DeleteSubscription } from './DeleteSubscription'
import { type Held, useHeld } from './useSubscriptions'

function wordsOf({ subscription, model }: Held): string {
  return [subscription.name, subscription.properties.modelId, model?.displayName, model?.publisher].join(' ')
}

/** What the project is subscribed to. */
export function SubscriptionList() {
  const { path } = useWorkspace()
  const { held, error, incomplete, isWhole, refetch } = useHeld()
  const project = projectId(path)
  const [ending, setEnding] = useState<Held>()
  const columns = useMemo(() => columnsOf(project, setEnding), [project])
  return (
    <Page
      title="Subscriptions"
      subtitle={`Offers of partners whose terms ${path.workspace} has accepted. Models that are sold directly need none.`}
      actions={
        <LinkButton to="/catalog?offer=partner" appearance="primary">
          Models of partners
        </LinkButton>
      }
    >
      {error && <ProblemMessage problem={asProblem(error)} onRetry={refetch} />}
      {incomplete && (
        <ProblemMessage
          problem={asProblem(incomplete)}
          title="Which endpoints need them is not known"
          onRetry={refetch}
        />
      )}
      {!held ? (
        !error && <LoadingRows what="the subscriptions" onRetry={refetch} />
      ) : held.length === 0 ? (
        <EmptyState
          title={`${path.workspace} is subscribed to nothing`}
          text="A model of a partner wants its terms accepted once for each project. That is done where it is deployed, from its page in the catalog."
          action={
            <LinkButton to="/catalog?offer=partner" appearance="primary">
              Look at the models of partners
            </LinkButton>
          }
        />
      ) : (
        <DataTable
          label="subscriptions"
          rows={held}
          columns={columns}
          keyOf={one => one.subscription.id}
          wordsOf={wordsOf}
          sortBy={{ column: 'name' }}
        />
      )}
      {ending && <DeleteSubscription held={ending} isWhole={isWhole} open onClose={() => setEnding(undefined)} />}
    </Page>
  )
}
