import { useCallback, useMemo } from 'react'
import { useSearch } from '../../app/useSearch'
import { type View, viewIn, withView } from './question'

/** What the address says, and how to say something else there. */
export function useView(): [View, (part: Partial<View>) => void] {
  const [search, setSearch] = useSearch()
  const text = search.toString()
  const view = useMemo(() => viewIn(new URLSearchParams(text)), [text])
  const change = useCallback(
    (part: Partial<View>) => setSearch(old => withView(old, { ...viewIn(old), ...part })),
    [setSearch],
  )
  return [view, change]
}
