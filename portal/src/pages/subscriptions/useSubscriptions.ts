import { useMemo } from 'react'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { type CatalogModel, isModel } from '../catalog/model'
import { useCatalog } from '../catalog/useCatalog'
import {
  type Endpoint,
  type MarketplaceSubscription,
  useEndpointsOf,
  useMarketplaceSubscriptions,
} from '../catalog/useHere'

export interface Held {
  subscription: MarketplaceSubscription
  /** The model that it was made for; `undefined` where it has left the catalog. */
  model: CatalogModel | undefined
  /** Every endpoint of the project whose model the offer sells. */
  endpoints: readonly Endpoint[]
}

/** What the project is subscribed to, with what hangs on each. */
export function useHeld() {
  const { path } = useWorkspace()
  const subscriptions = useMarketplaceSubscriptions(path)
  const endpoints = useEndpointsOf(path)
  const catalog = useCatalog()
  const held = useMemo(
    () =>
      subscriptions.data?.map(subscription => ({
        subscription,
        model: catalog.data?.find(one => isModel(one, subscription.properties.modelId)),
        endpoints: dependants(subscription, endpoints.data ?? [], catalog.data ?? []),
      })),
    [subscriptions.data, endpoints.data, catalog.data],
  )
  return {
    held,
    error: subscriptions.error,
    /** Why it is not known which endpoints need them. */
    incomplete: endpoints.error ?? catalog.error,
    /** Is it known what hangs on each? */
    isWhole: endpoints.data !== undefined && catalog.data !== undefined,
    refetch: () => {
      void subscriptions.refetch()
      void endpoints.refetch()
      void catalog.refetch()
    },
  }
}

/** The endpoints whose model is sold by the offer of a subscription: one subscription covers every model of its offer. */
export function dependants(
  subscription: MarketplaceSubscription,
  endpoints: readonly Endpoint[],
  models: readonly CatalogModel[],
): readonly Endpoint[] {
  const plan = subscription.properties.marketplacePlan
  const sold = models
    .filter(model => model.offer?.publisherId === plan?.publisherId && model.offer?.offerId === plan?.offerId)
    .map(model => model.id.toLowerCase())
  const ids = new Set([...(plan ? sold : []), (subscription.properties.modelId ?? '').toLowerCase()])
  return endpoints.filter(one => ids.has((one.properties.modelSettings?.modelId ?? '').toLowerCase()))
}
