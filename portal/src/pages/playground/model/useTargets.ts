import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, ask } from '../../../api/client'
import { useAccountDeployments } from '../../../api/useAccountDeployments'
import { useSubscription } from '../../../app/scope/ScopeContext'
import { useEndpoints } from '../../endpoints/useEndpoints'
import { ofDeployment, ofEndpoint, type Target } from './targets'

const LASTS_MS = 60_000

/** Everything that this person sees and that may answer, the endpoints of the project first. */
export function useTargets() {
  const endpoints = useEndpoints()
  const models = useQuery({
    queryKey: ['catalog-models'],
    queryFn: ({ signal }) => ask(api.GET('/providers/Cupola.Catalog/models', { signal })),
    staleTime: LASTS_MS,
  })
  const { path } = useSubscription()
  const accounts = useAccountDeployments(path.subscription)

  const known = models.data?.value
  const targets = useMemo<Target[]>(() => {
    const list = known ?? []
    const mine = (endpoints.data ?? []).map(endpoint => ofEndpoint(endpoint, list))
    const others = accounts.held.map(({ account, deployment }) => ofDeployment(account, deployment, list))
    const byLabel = (one: Target, other: Target) => one.label.localeCompare(other.label)
    return [...mine.sort(byLabel), ...others.sort(byLabel)]
  }, [endpoints.data, accounts.held, known])

  return {
    targets,
    // Accounts may be nobody's business here: whoever may not list them still has the endpoints.
    isPending: endpoints.isPending || models.isPending || accounts.isPending,
    error: endpoints.error ?? models.error,
    retry: () => {
      void endpoints.refetch()
      void models.refetch()
      accounts.refetch()
    },
  }
}
