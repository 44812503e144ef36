import { useEffect } from 'react'
import { useLocation, useSearchParams } from 'react-router'
import type { Target } from '../model/targets'

/** The one that is chosen; else the first that answers. An endpoint that the address names is chosen on arrival. */
export function useChosen(
  targets: readonly Target[],
  id: string | undefined,
  choose?: (id: string) => void,
): Target | undefined {
  const [search] = useSearchParams()
  const { key } = useLocation()
  const name = search.get('endpoint')
  const named = targets.find(one => one.kind === 'endpoint' && one.name === name)?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each arrival, so that another choice holds after it
  useEffect(() => {
    if (named !== undefined) choose?.(named)
  }, [named, key])

  return targets.find(one => one.id === id) ?? targets.find(one => one.unready === undefined) ?? targets[0]
}
