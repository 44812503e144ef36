import type { MouseEvent } from 'react'
import { useHref, useNavigate } from 'react-router'

/** What makes an anchor a link within the portal. Other tabs and windows stay the browser's business. */
export function useLink(to: string) {
  const href = useHref(to)
  const navigate = useNavigate()
  return {
    href,
    onClick: (event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return
      event.preventDefault()
      void navigate(to)
    },
  }
}
