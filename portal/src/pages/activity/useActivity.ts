import { useInfiniteQuery } from '@tanstack/react-query'
import { api, ask, type Schemas } from '../../api/client'
import { send } from '../../api/http'
import { sameOrigin } from '../../api/pages'
import { readProblem } from '../../api/problem'
import { useSubscription } from '../../app/scope/ScopeContext'
import { filterOf, type Wanted } from './activity'

type Page = Schemas['ActivityEventList']

/** The events of the subscription that are wanted, newest first, a page at a time. */
export function useActivity(wanted: Wanted) {
  const { path } = useSubscription()
  return useInfiniteQuery({
    queryKey: ['activity', path, wanted],
    initialPageParam: '',
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      if (pageParam) return follow(pageParam, signal)
      return ask(
        api.GET('/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values', {
          params: { path, query: { $filter: filterOf(wanted, Date.now()) } },
          signal,
        }),
      )
    },
    getNextPageParam: page => page.nextLink,
  })
}

async function follow(link: string, signal: AbortSignal): Promise<Page> {
  const answer = await send(new Request(sameOrigin(link), { signal }))
  const body: unknown = await answer.json().catch(() => undefined)
  if (!answer.ok) throw readProblem(answer.status, body, answer.headers.get('x-ms-request-id') ?? undefined)
  return body as Page
}
