import { useCallback, useSyncExternalStore } from 'react'

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'cupola.theme'
const listeners = new Set<() => void>()
const system = window.matchMedia('(prefers-color-scheme: dark)')

// Kept here as well, because storage may be forbidden.
let chosen: ThemeChoice = read()

function read(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  system.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    system.removeEventListener('change', listener)
  }
}

/** The theme that is shown, the choice behind it, and how to choose another. */
export function useTheme() {
  const choice = useSyncExternalStore(subscribe, () => chosen)
  const systemIsDark = useSyncExternalStore(subscribe, () => system.matches)
  const isDark = choice === 'dark' || (choice === 'system' && systemIsDark)
  const choose = useCallback((next: ThemeChoice) => {
    chosen = next
    try {
      if (next === 'system') localStorage.removeItem(KEY)
      else localStorage.setItem(KEY, next)
    } catch {
      // It holds until the page is closed.
    }
    if (next === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = next
    for (const listener of listeners) listener()
  }, [])
  return { isDark, choice, choose }
}
