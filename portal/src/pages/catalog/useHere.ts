// What the chosen project has to do with a model.

import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'

export type Endpoint = Schemas['Endpoint']
export type MarketplaceSubscription = Schemas['MarketplaceSubscription']

export interface ProjectPath {
  subscription: string
  group: string
  workspace: string
}

const ENDPOINTS_AGAIN_MS = 15_000
const NOWHERE = { subscription: '', group: '', workspace: '' }

/** The endpoints of a project; the same list as that of the page Endpoints. */
export function useEndpointsOf(path: ProjectPath | undefined) {
  return useQuery({
    queryKey: ['endpoints', path],
    queryFn: ({ signal }) =>
      everyItem<Endpoint>(
        api.GET(
          '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints',
          { params: { path: path ?? NOWHERE }, signal },
        ),
        signal,
      ),
    enabled: path !== undefined,
    refetchInterval: ENDPOINTS_AGAIN_MS,
  })
}

/** What a project is subscribed to. */
export function useMarketplaceSubscriptions(path: ProjectPath | undefined) {
  return useQuery({
    queryKey: ['marketplaceSubscriptions', path],
    queryFn: ({ signal }) =>
      everyItem<MarketplaceSubscription>(
        api.GET(
          '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/marketplaceSubscriptions',
          { params: { path: path ?? NOWHERE }, signal },
        ),
        signal,
      ),
    enabled: path !== undefined,
  })
}

/** The resource id of a project. */
export function projectId(path: ProjectPath): string {
  return `/subscriptions/${path.subscription}/resourceGroups/${path.group}/providers/Microsoft.MachineLearningServices/workspaces/${path.workspace}`
}

/** The subscription of a project to the offer of a model. */
export function subscriptionTo(
  model: Schemas['CatalogModel'],
  held: readonly MarketplaceSubscription[],
): MarketplaceSubscription | undefined {
  const same = (one: string | undefined, other: string | undefined) => one?.toLowerCase() === other?.toLowerCase()
  return held.find(one => {
    const plan = one.properties.marketplacePlan
    return same(plan?.publisherId, model.offer?.publisherId) && same(plan?.offerId, model.offer?.offerId)
  })
}
