import { Text } from '@fluentui/react-components'
import { api, askFor } from '../../../api/client'
import { forget, readAnew } from '../../../api/queryClient'
import { useToasts } from '../../../app/toasts'
import { ConfirmDialog } from '../../../components/ConfirmDialog'
import { unitPrice } from '../../../components/Money'
import { PageLink } from '../../../components/PageLink'
import { subscriptionName } from '../../catalog/subscriptionName'
import { modelName } from '../modelName'
import { keyOf, type PartProps } from './place'
import { pricesOf, useModel } from './useModel'

const SUBSCRIPTION =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/marketplaceSubscriptions/{name}'

interface Props extends PartProps {
  open: boolean
  onClose: () => void
}

/** Subscribes the project to the offer of an endpoint's model again: terms and prices first. */
export function SubscribeAgain({ endpoint, place, open, onClose }: Props) {
  const say = useToasts()
  const modelId = endpoint.properties.modelSettings?.modelId ?? ''
  const { model, registry } = modelName(modelId)
  const known = useModel(modelId).data

  async function subscribe() {
    const { subscription, group, workspace } = place
    await askFor(
      api.PUT(SUBSCRIPTION, {
        params: { path: { subscription, group, workspace, name: subscriptionName(model) } },
        body: { properties: { modelId } },
      }),
    )
    forget(['endpoint'])
    await Promise.all([keyOf(place), ['marketplaceSubscriptions'], ['endpoints']].map(key => readAnew(key)))
    say('success', `${workspace} is subscribed to ${model} again`)
  }

  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={`Subscribe ${place.workspace} to ${known?.displayName ?? model} again?`}
      action="Accept and subscribe"
      onConfirm={subscribe}
    >
      <Text as="p" block style={{ marginBlock: 0 }}>
        By subscribing you accept the terms of {known?.publisher ?? 'the publisher'}
        {known && ` (${known.license})`}; they are on the page of{' '}
        <PageLink to={`/catalog/${encodeURIComponent(registry)}/${encodeURIComponent(model)}`}>the model</PageLink>.
        Every endpoint of the offer in this project answers again at once.
      </Text>
      {known && pricesOf(known).length > 0 && (
        <Text as="p" block style={{ marginBlock: '8px 0' }}>
          What is used is charged:{' '}
          {pricesOf(known)
            .map(price => `${unitPrice(price.amount, price.currency)} for ${price.meter}`)
            .join(', ')}
          .
        </Text>
      )}
    </ConfirmDialog>
  )
}
