import { useSearchParams } from 'react-router'
import type { Target } from '../model/targets'

/** The one that is chosen; else the one that the address names; else the first that answers. */
export function useChosen(targets: readonly Target[], id: string | undefined): Target | undefined {
  const [search] = useSearchParams()
  const named = search.get('endpoint')
  return (
    targets.find(one => one.id === id) ??
    targets.find(one => one.kind === 'endpoint' && one.name === named) ??
    targets.find(one => one.unready === undefined) ??
    targets[0]
  )
}
