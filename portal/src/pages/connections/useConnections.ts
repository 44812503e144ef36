import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { useWorkspace } from '../../app/scope/ScopeContext'

export type Connection = Schemas['Connection']

/** The connections of the chosen project, and those that its hub shares with it. */
export function useConnections() {
  const { path } = useWorkspace()
  return useQuery({
    queryKey: ['connections', path],
    queryFn: ({ signal }) =>
      everyItem<Connection>(
        api.GET(
          '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections',
          { params: { path }, signal },
        ),
        signal,
      ),
  })
}

/** The workspace that a connection belongs to. */
export function holderOf(connection: Connection): string {
  return connection.id.split('/').slice(0, -2).at(-1) ?? ''
}

/** The id of that workspace. */
export function holderId(connection: Connection): string {
  return connection.id.split('/').slice(0, -2).join('/')
}
