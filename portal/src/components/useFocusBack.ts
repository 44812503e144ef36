import { useCallback, useRef } from 'react'

/** A ref for the surface of a dialog or a drawer: what had the focus when it opened has it again when it is gone. */
export function useFocusBack() {
  const before = useRef<HTMLElement | null>(null)
  return useCallback((surface: HTMLElement | null) => {
    if (surface) {
      before.current = openerOf(document.activeElement)
      return
    }
    // It is told before the surface leaves the page, and takes what has the focus with it.
    const opener = before.current
    setTimeout(() => giveBack(opener))
  }, [])
}

// An item of a menu goes with its menu; the button of the menu stays.
function openerOf(active: Element | null): HTMLElement | null {
  const button = active?.closest('[role=menu]')?.getAttribute('aria-labelledby')
  const opener = button ? document.getElementById(button) : active
  return opener instanceof HTMLElement ? opener : null
}

function giveBack(opener: HTMLElement | null) {
  // Another page, or another dialog, has it already.
  if (document.activeElement !== document.body) return
  opener?.focus()
  // What opened it may be gone with what was deleted, or may not be pressed any more.
  if (document.activeElement === document.body) {
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
  }
}
