import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { namesOfId } from '../app/scope/scope'
import { api, type Schemas } from './client'
import { everyItem } from './pages'

const LASTS_MS = 60_000

export type Account = Schemas['Account']
export type AccountDeployment = Schemas['AccountDeployment']

/** A model that an account serves, under a name of its own. */
export interface Held {
  account: Account
  deployment: AccountDeployment
}

/** What the accounts of a subscription serve, as far as this person may see it. */
export function useAccountDeployments(subscription: string | undefined) {
  const accounts = useQuery({
    queryKey: ['accounts', { subscription }],
    queryFn: ({ signal }) =>
      everyItem<Account>(
        api.GET('/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts', {
          params: { path: { subscription: subscription ?? '' } },
          signal,
        }),
        signal,
      ),
    enabled: subscription !== undefined,
    staleTime: LASTS_MS,
  })
  const deployments = useQueries({
    queries: (accounts.data ?? []).map(account => ({
      queryKey: ['account-deployments', account.id],
      queryFn: ({ signal }: { signal: AbortSignal }) => deploymentsOf(account, signal),
      staleTime: LASTS_MS,
    })),
    combine: results => ({ data: results.map(one => one.data), isPending: results.some(one => one.isPending) }),
  })
  const held = useMemo(
    () =>
      (accounts.data ?? []).flatMap((account, index) =>
        (deployments.data[index] ?? []).map((deployment): Held => ({ account, deployment })),
      ),
    [accounts.data, deployments.data],
  )
  return {
    held,
    isPending: accounts.isPending || deployments.isPending,
    refetch: () => void accounts.refetch(),
  }
}

function deploymentsOf(account: Account, signal: AbortSignal) {
  const { subscription = '', group = '' } = namesOfId(account.id)
  return everyItem<AccountDeployment>(
    api.GET(
      '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/deployments',
      { params: { path: { subscription, group, account: account.name } }, signal },
    ),
    signal,
  )
}
