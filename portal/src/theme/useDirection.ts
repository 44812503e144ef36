import { useCallback, useSyncExternalStore } from 'react'

export type DirectionChoice = 'ltr' | 'rtl'

const KEY = 'cupola.direction'
const listeners = new Set<() => void>()

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

// The document has it: first-paint.js wrote it there before anything was shown.
function current(): DirectionChoice {
  return document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'
}

/** The direction in which the portal is written, and how to choose the other. */
export function useDirection() {
  const choice = useSyncExternalStore(subscribe, current)
  const choose = useCallback((next: DirectionChoice) => {
    document.documentElement.dir = next
    try {
      if (next === 'ltr') localStorage.removeItem(KEY)
      else localStorage.setItem(KEY, next)
    } catch {
      // It holds until the page is closed.
    }
    for (const listener of listeners) listener()
  }, [])
  return { choice, choose }
}
