import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { useScope, useSubscription } from '../../app/scope/ScopeContext'

/** The group that is deployed into: the one in the address, else that of the chosen project, else the first. */
export function useGroup() {
  const { path } = useSubscription()
  const { names } = useScope()
  const [search, setSearch] = useSearchParams()
  const groups = useQuery({
    queryKey: ['resourceGroups', path.subscription],
    queryFn: ({ signal }) =>
      everyItem<Schemas['ResourceGroup']>(
        api.GET('/subscriptions/{subscription}/resourceGroups', { params: { path }, signal }),
        signal,
      ),
    staleTime: 60_000,
  })
  const known = (groups.data ?? []).map(group => group.name)
  const group = search.get('into') ?? names?.group ?? known[0]
  const choose = (next: string) =>
    setSearch(old => {
      const changed = new URLSearchParams(old)
      changed.set('into', next)
      return changed
    })
  return {
    group,
    groups: known,
    subscription: path.subscription,
    choose,
    error: groups.error,
    isPending: groups.isPending,
  }
}
