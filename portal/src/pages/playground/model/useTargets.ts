import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, ask, type Schemas } from '../../../api/client'
import { everyItem } from '../../../api/pages'
import { useSubscription } from '../../../app/scope/ScopeContext'
import { namesOfId } from '../../../app/scope/scope'
import { useEndpoints } from '../../endpoints/useEndpoints'
import { ofDeployment, ofEndpoint, type Target } from './targets'

const LASTS_MS = 60_000

type Account = Schemas['Account']

/** Everything that this person sees and that may answer, the endpoints of the project first. */
export function useTargets() {
  const endpoints = useEndpoints()
  const models = useQuery({
    queryKey: ['catalog-models'],
    queryFn: ({ signal }) => ask(api.GET('/providers/Cupola.Catalog/models', { signal })),
    staleTime: LASTS_MS,
  })
  const { path } = useSubscription()
  const accounts = useQuery({
    queryKey: ['accounts', path],
    queryFn: ({ signal }) =>
      everyItem<Account>(
        api.GET('/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts', {
          params: { path },
          signal,
        }),
        signal,
      ),
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

  const known = models.data?.value
  const targets = useMemo<Target[]>(() => {
    const list = known ?? []
    const mine = (endpoints.data ?? []).map(endpoint => ofEndpoint(endpoint, list))
    const others = (accounts.data ?? []).flatMap((account, index) =>
      (deployments.data[index] ?? []).map(deployment => ofDeployment(account, deployment, list)),
    )
    const byLabel = (one: Target, other: Target) => one.label.localeCompare(other.label)
    return [...mine.sort(byLabel), ...others.sort(byLabel)]
  }, [endpoints.data, accounts.data, deployments.data, known])

  return {
    targets,
    // Accounts may be nobody's business here: whoever may not list them still has the endpoints.
    isPending: endpoints.isPending || models.isPending || accounts.isPending || deployments.isPending,
    error: endpoints.error ?? models.error,
    retry: () => {
      void endpoints.refetch()
      void models.refetch()
      void accounts.refetch()
    },
  }
}

function deploymentsOf(account: Account, signal: AbortSignal) {
  const { subscription = '', group = '' } = namesOfId(account.id)
  return everyItem<Schemas['AccountDeployment']>(
    api.GET(
      '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{account}/deployments',
      { params: { path: { subscription, group, account: account.name } }, signal },
    ),
    signal,
  )
}
