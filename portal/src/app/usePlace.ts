import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { useLocation, useNavigationType } from 'react-router'
import { leaveAt, placeOf, scrollTo } from './places'

/** A new page begins at its top; the way back leads to where it was left. */
export function usePlace(frame: RefObject<HTMLElement | null>) {
  const { key, pathname } = useLocation()
  const isBack = useNavigationType() === 'POP'
  const shown = useRef(pathname)
  // The entry whose place is written down; none while the page is brought there.
  const written = useRef<string | undefined>(key)

  useEffect(() => {
    const main = frame.current
    const write = () => main && written.current !== undefined && leaveAt(written.current, main.scrollTop)
    main?.addEventListener('scroll', write, { passive: true })
    return () => main?.removeEventListener('scroll', write)
  }, [frame])

  // Before the browser tells of the shorter page, which would be written down as the place of the longer one.
  useLayoutEffect(() => {
    const main = frame.current
    const isNew = shown.current !== pathname
    shown.current = pathname
    written.current = undefined
    const begin = () => {
      written.current = key
    }
    if (main && isBack) return scrollTo(main, placeOf(key), begin)
    if (main && isNew) main.scrollTo({ top: 0 })
    // A filter, a tab: the same page, as far down as it is.
    if (main) leaveAt(key, main.scrollTop)
    begin()
  }, [frame, key, pathname, isBack])
}
