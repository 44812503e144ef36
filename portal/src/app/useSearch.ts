import { useCallback } from 'react'
import { type NavigateOptions, useHref, useLocation, useSearchParams } from 'react-router'

type Change = (now: URLSearchParams) => URLSearchParams

/** What the address asks for, and how to ask for something else. A change begins with what the address says by now: what is shown may be
 * a moment behind it, and of two changes in that moment the second would take the first one back. Once a link leads elsewhere, nothing
 * is changed any more. */
export function useSearch(): [URLSearchParams, (change: Change, options?: NavigateOptions) => void] {
  const [search, setSearch] = useSearchParams()
  const here = useHref(useLocation().pathname)
  const change = useCallback(
    (next: Change, options?: NavigateOptions) => {
      if (plainPath(here) !== plainPath(window.location.pathname)) return
      setSearch(next(new URLSearchParams(window.location.search)), options)
    },
    [here, setSearch],
  )
  return [search, change]
}

function plainPath(path: string) {
  return path.replace(/\/$/, '')
}
