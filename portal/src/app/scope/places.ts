// What there is to choose from: the subscriptions that the person sees, and the workspaces in one of them.

import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'

const LASTS_MS = 60_000

export type Subscription = Schemas['Subscription']
export type Workspace = Schemas['Workspace']

export function useSubscriptions() {
  return useQuery({
    queryKey: ['subscriptions'],
    queryFn: ({ signal }) => everyItem<Subscription>(api.GET('/subscriptions', { signal }), signal),
    staleTime: LASTS_MS,
  })
}

export function useWorkspaces(subscription: string | undefined) {
  return useQuery({
    queryKey: ['workspaces', subscription],
    queryFn: ({ signal }) =>
      everyItem<Workspace>(
        api.GET('/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/workspaces', {
          params: { path: { subscription: subscription ?? '' } },
          signal,
        }),
        signal,
      ),
    enabled: subscription !== undefined,
    staleTime: LASTS_MS,
  })
}
