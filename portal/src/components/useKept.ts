import { useCallback, useState } from 'react'

const kept = new Map<string, unknown>()

/** State that is still there when somebody comes back to the page; in memory alone. */
export function useKept<T>(name: string, initial: T | (() => T)): [T, (value: T | ((old: T) => T)) => void] {
  const [first] = useState(initial)
  const [value, setValue] = useState<T>(() => (kept.has(name) ? (kept.get(name) as T) : first))
  const set = useCallback(
    (next: T | ((old: T) => T)) => {
      const old = kept.has(name) ? (kept.get(name) as T) : first
      const now = next instanceof Function ? next(old) : next
      kept.set(name, now)
      setValue(() => now)
    },
    [name, first],
  )
  return [value, set]
}
