import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { askAgain } from '../../api/queryClient'
import { useWorkspace } from '../../app/scope/ScopeContext'

export type Endpoint = Schemas['Endpoint']

// States change by themselves: a deployment comes up, a backend goes away.
const AGAIN_MS = 15_000

/** The endpoints of the chosen project. */
export function useEndpoints() {
  const { path } = useWorkspace()
  const queryKey = ['endpoints', path]
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      everyItem<Endpoint>(
        api.GET(
          '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints',
          { params: { path }, signal },
        ),
        signal,
      ),
    refetchInterval: AGAIN_MS,
  })
  return { ...query, again: () => void askAgain(queryKey) }
}
