import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { useWorkspace } from '../../app/scope/ScopeContext'

export type Endpoint = Schemas['Endpoint']

// States change by themselves: a deployment comes up, a backend goes away.
const AGAIN_MS = 15_000

/** The endpoints of the chosen project. */
export function useEndpoints() {
  const { path } = useWorkspace()
  return useQuery({
    queryKey: ['endpoints', path],
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
}
