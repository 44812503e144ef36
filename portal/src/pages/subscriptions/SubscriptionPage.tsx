import { makeStyles, Text } from '@fluentui/react-components'
import { Delete20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { asProblem } from '../../api/problem'
import { Page } from '../../app/Page'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { Card } from '../../components/Card'
import { CopyField } from '../../components/CopyField'
import { EmptyState } from '../../components/EmptyState'
import { Facts } from '../../components/Facts'
import { GuardedButton } from '../../components/GuardedButton'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { PageLink } from '../../components/PageLink'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { pathOf } from '../catalog/model'
import { PriceTable } from '../catalog/PriceTable'
import { Terms } from '../catalog/Terms'
import { EndpointState } from '../endpoints/EndpointState'
import { stateOf } from './columns'
import { DeleteSubscription } from './DeleteSubscription'
import { type Held, useHeld } from './useSubscriptions'

const ABOVE = [{ label: 'Subscriptions', to: '/subscriptions' }]

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1023px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  stack: { display: 'flex', flexDirection: 'column', rowGap: '16px', minWidth: 0 },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', rowGap: '8px' },
  row: { display: 'flex', justifyContent: 'space-between', gap: '12px', overflowWrap: 'anywhere' },
})

/** One subscription: its terms, its meters, who made it, and what hangs on it. */
export function SubscriptionPage() {
  const { name = '' } = useParams()
  const { path } = useWorkspace()
  const { held, error, isWhole, refetch } = useHeld()
  const one = held?.find(other => other.subscription.name.toLowerCase() === name.toLowerCase())
  if (one) return <Shown held={one} isWhole={isWhole} />
  return (
    <Page title={name} above={ABOVE}>
      {error ? (
        <ProblemMessage problem={asProblem(error)} onRetry={refetch} />
      ) : !held ? (
        <LoadingRows what="the subscription" onRetry={refetch} />
      ) : (
        <EmptyState
          title={`${path.workspace} has no such subscription`}
          text="It may have been deleted, or belong to another project."
          action={<LinkButton to="/subscriptions">All subscriptions</LinkButton>}
        />
      )}
    </Page>
  )
}

function Shown({ held, isWhole }: { held: Held; isWhole: boolean }) {
  const styles = useStyles()
  const navigate = useNavigate()
  const [isEnding, setEnding] = useState(false)
  const { subscription, model, endpoints } = held
  const plan = subscription.properties.marketplacePlan
  return (
    <Page
      title={subscription.name}
      subtitle={model ? `${model.displayName} by ${model.publisher}` : subscription.properties.modelId}
      above={ABOVE}
      actions={
        <>
          {model && (
            <LinkButton to={`${pathOf(model)}/deploy`} appearance="primary">
              Deploy
            </LinkButton>
          )}
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/delete"
            scope={subscription.id}
            icon={<Delete20Regular />}
            onClick={() => setEnding(true)}
          >
            Delete
          </GuardedButton>
        </>
      }
    >
      <div className={styles.columns}>
        <div className={styles.stack}>
          <Card title="Subscription">
            <Facts
              facts={[
                [
                  'State',
                  <StateBadge key="state" tone={stateOf(held) === 'Subscribed' ? 'good' : 'off'}>
                    {stateOf(held)}
                  </StateBadge>,
                ],
                [
                  'Model',
                  model ? (
                    <PageLink key="model" to={pathOf(model)}>
                      {model.displayName}
                    </PageLink>
                  ) : (
                    (subscription.properties.modelId ?? '–')
                  ),
                ],
                ['Offer', plan?.offerId ?? '–'],
                ['Plan', plan?.planId ?? '–'],
                ['Subscribed by', subscription.systemData?.createdBy ?? '–'],
                ['When', <Time key="when" at={subscription.systemData?.createdAt} />],
              ]}
            />
            <CopyField text={subscription.id} label="the id of the subscription" />
          </Card>
          <Card title="Endpoints that need it">
            {!isWhole ? (
              <Text>It is not known yet which endpoints need it.</Text>
            ) : endpoints.length === 0 ? (
              <Text>None: nothing stops answering if it is deleted.</Text>
            ) : (
              <ul className={styles.list}>
                {endpoints.map(one => (
                  <li key={one.id} className={styles.row}>
                    <PageLink to={`/endpoints/${one.name}`}>{one.name}</PageLink>
                    <EndpointState endpoint={one} />
                  </li>
                ))}
              </ul>
            )}
          </Card>
        </div>
        <div className={styles.stack}>
          <Card title="Meters">
            {model ? (
              <PriceTable model={model} />
            ) : (
              <Text>The model has left the catalog, and its prices with it.</Text>
            )}
          </Card>
          <Card title="Terms">
            {model ? (
              <Facts
                facts={[
                  ['Licence', model.license],
                  ['Terms', <Terms key="terms" model={model} />],
                ]}
              />
            ) : (
              <Text>The model has left the catalog.</Text>
            )}
          </Card>
        </div>
      </div>
      <DeleteSubscription
        held={held}
        isWhole={isWhole}
        open={isEnding}
        onClose={() => setEnding(false)}
        onDeleted={() => void navigate('/subscriptions')}
      />
    </Page>
  )
}
