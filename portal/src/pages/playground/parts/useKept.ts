import { useCallback, useState } from 'react'

const kept = new Map<string, unknown>()

/** State that is still there when somebody comes back to the page; in memory alone. */
export function useKept<T>(name: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => (kept.has(name) ? (kept.get(name) as T) : initial))
  const set = useCallback(
    (next: T) => {
      kept.set(name, next)
      setValue(next)
    },
    [name],
  )
  return [value, set]
}
