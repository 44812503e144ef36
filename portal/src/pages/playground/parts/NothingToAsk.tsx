import { EmptyState } from '../../../components/EmptyState'
import { LinkButton } from '../../../components/LinkButton'
import type { Task } from '../model/targets'

const DEMO = '/catalog/cupola/tiny-chat/deploy'

/** There is no model for this yet: what to do, with the one button that does it. */
export function NothingToAsk({ task }: { task: Task }) {
  if (task === 'embedding') {
    return (
      <EmptyState
        title="There is no embedding model here yet"
        text="Embeddings turn texts into vectors, so that what means alike lies close together. Deploy a model for them, then compare your texts here."
        action={
          <LinkButton to="/catalog" appearance="primary">
            Look at the models
          </LinkButton>
        }
      />
    )
  }
  if (task === 'forecasting') {
    return (
      <EmptyState
        title="There is no forecasting model here yet"
        text="TimeGEN-1 is answered by statistics that run in this server. An administrator binds it, then subscribe to it and deploy it from the catalog."
        action={
          <LinkButton to="/catalog/azureml-nixtla/TimeGEN-1" appearance="primary">
            Look at TimeGEN-1
          </LinkButton>
        }
        code="cupola catalog bind azureml-nixtla/TimeGEN-1 --forecaster"
      />
    )
  }
  return (
    <EmptyState
      title="There is no model to talk to yet"
      text="Deploy tiny-chat, the demo model that comes with this server. It costs next to nothing, needs no subscription, and answers here within a minute."
      action={
        <LinkButton to={DEMO} appearance="primary">
          Deploy the demo model
        </LinkButton>
      }
    />
  )
}
