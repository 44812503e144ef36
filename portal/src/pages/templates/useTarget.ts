import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { useScope, useSubscription } from '../../app/scope/ScopeContext'
import { useSearch } from '../../app/useSearch'
import { type Target, WHOLE } from './target'

/** Where is deployed: the place in the address, else the group of the chosen project, else the first group. */
export function useTarget() {
  const { path, subscription } = useSubscription()
  const { names } = useScope()
  const [search, setSearch] = useSearch()
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
  const into = search.get('into') ?? names?.group ?? known[0]
  const group = into === WHOLE ? undefined : into
  // Until it is known which groups there are, nothing is asked.
  const target: Target | undefined = into === undefined ? undefined : { subscription: path.subscription, group }
  const choose = (next: string) =>
    setSearch(old => {
      const changed = new URLSearchParams(old)
      changed.set('into', next)
      return changed
    })
  return { target, into, groups: known, subscriptionName: subscription?.displayName ?? path.subscription, choose }
}
