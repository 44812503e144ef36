import { QueryClient, type QueryKey } from '@tanstack/react-query'
import { connection, subscribeToConnection } from './connection'

// Requests are tried again where they are sent (http.ts), which knows a refusal from a server that restarts.
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 10_000, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
})

// Whatever failed while the server was away is asked again when it is back.
let worked = true
subscribeToConnection(() => {
  const works = connection().works
  if (works && !worked) void queryClient.invalidateQueries()
  worked = works
})

/** Asks anew, also where an answer is still waited for: `refetch` of a query without data would only wait on. */
export async function askAgain(queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey })
  await queryClient.refetchQueries({ queryKey })
}

/** Reads lists anew also where no page shows them now, so that the page that follows does not show what is gone. */
export async function readAnew(queryKey: QueryKey, exact = false): Promise<void> {
  await queryClient.invalidateQueries({ queryKey, exact, refetchType: 'all' })
}

/** Forgets answers that no page shows now: whoever looks at them next waits for what is so then. */
export function forget(queryKey: QueryKey = []): void {
  queryClient.removeQueries({ queryKey, type: 'inactive' })
}
