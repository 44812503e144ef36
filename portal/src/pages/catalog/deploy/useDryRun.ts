import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { send } from '../../../api/http'
import { readProblem } from '../../../api/problem'
import type { ProjectPath } from '../useHere'
import { type Complaint, complaintsOf, templateOf, type Wanted } from './dryRun'

const PAUSE_MS = 350

/** A value, once it has not changed for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  const text = JSON.stringify(value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: equal values are one value
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

/** What the server would say to this change; nothing is asked while `wanted` is not whole. */
export function useDryRun(path: ProjectPath, wanted: Wanted | undefined) {
  const settled = useSettled(wanted)
  const body = settled ? JSON.stringify({ properties: { mode: 'Incremental', template: templateOf(settled) } }) : ''
  const isSettled = JSON.stringify(settled) === JSON.stringify(wanted)
  const query = useQuery({
    queryKey: ['dryRun', path, body],
    queryFn: async ({ signal }): Promise<readonly Complaint[]> => {
      const address = `/subscriptions/${path.subscription}/resourceGroups/${path.group}/providers/Microsoft.Resources/deployments/portal/validate?api-version=2024-03-01`
      const answer = await send(
        new Request(new URL(address, location.origin), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
          signal,
        }),
      )
      if (answer.ok) return []
      const said: unknown = await answer.json().catch(() => undefined)
      // A refusal of the change is an answer; a refusal to look at it is not.
      if (answer.status === 400) return complaintsOf(said)
      throw readProblem(answer.status, said, answer.headers.get('x-ms-request-id') ?? undefined)
    },
    enabled: wanted !== undefined && body !== '',
    placeholderData: keepPreviousData,
    staleTime: 5000,
  })
  return {
    /** Is this about what is in the form now? */
    isCurrent: isSettled && query.isSuccess && !query.isPlaceholderData,
    isAsking: wanted !== undefined && (!isSettled || query.isFetching),
    complaints: query.data ?? [],
    error: isSettled ? query.error : null,
  }
}
