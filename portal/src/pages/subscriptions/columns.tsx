import { Text, tokens } from '@fluentui/react-components'
import { Delete16Regular } from '@fluentui/react-icons'
import type { Column } from '../../components/DataTable'
import { GuardedButton } from '../../components/GuardedButton'
import { PageLink } from '../../components/PageLink'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { pathOf, priceLine } from '../catalog/model'
import type { Held } from './useSubscriptions'

/** Where a subscription stands. */
export function stateOf({ subscription }: Held): string {
  return subscription.properties.marketplaceSubscriptionStatus ?? 'Unknown'
}

/** The columns, for the project with this id; `onDelete` is what the last of them does. */
export function columnsOf(project: string, onDelete: (held: Held) => void): readonly Column<Held>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      show: ({ subscription }) => (
        <PageLink to={`/subscriptions/${encodeURIComponent(subscription.name)}`}>{subscription.name}</PageLink>
      ),
      sortBy: ({ subscription }) => subscription.name,
    },
    {
      id: 'model',
      title: 'Model',
      show: held => <Model held={held} />,
      sortBy: ({ model, subscription }) => model?.displayName ?? subscription.properties.modelId,
    },
    {
      id: 'state',
      title: 'State',
      show: held => <StateBadge tone={stateOf(held) === 'Subscribed' ? 'good' : 'off'}>{stateOf(held)}</StateBadge>,
      sortBy: stateOf,
    },
    {
      id: 'price',
      title: 'Price',
      show: ({ model }) => (model ? priceLine(model) : '–'),
      narrow: 'hidden',
    },
    {
      id: 'endpoints',
      title: 'Endpoints',
      kind: 'number',
      show: ({ endpoints }) => endpoints.length,
      sortBy: ({ endpoints }) => endpoints.length,
      narrow: 'hidden',
    },
    {
      id: 'who',
      title: 'Subscribed by',
      show: ({ subscription }) => subscription.systemData?.createdBy ?? '–',
      sortBy: ({ subscription }) => subscription.systemData?.createdBy,
      narrow: 'hidden',
    },
    {
      id: 'when',
      title: 'When',
      show: ({ subscription }) => <Time at={subscription.systemData?.createdAt} />,
      sortBy: ({ subscription }) => subscription.systemData?.createdAt,
      narrow: 'hidden',
    },
    {
      id: 'delete',
      title: 'Delete',
      kind: 'action',
      show: held => (
        <GuardedButton
          action="Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/delete"
          scope={held.subscription.id}
          within={project}
          label={`Delete ${held.subscription.name}`}
          size="small"
          appearance="subtle"
          icon={<Delete16Regular />}
          onClick={() => onDelete(held)}
        />
      ),
    },
  ]
}

function Model({ held: { model, subscription } }: { held: Held }) {
  if (!model) return <span>{subscription.properties.modelId ?? '–'}</span>
  return (
    <span>
      <PageLink to={pathOf(model)}>{model.displayName}</PageLink>
      <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
        {model.publisher}
      </Text>
    </span>
  )
}
