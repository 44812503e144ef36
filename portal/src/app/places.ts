// How far down each entry of the history was read, for as long as the portal is open, so that the way back leads to where it began.

/** Elements come late where a page still asks for what it shows; after so long nobody waits for the old place any more. */
const WAIT_MS = 5000

const places = new Map<string, number>()

/** Writes down how far an entry is read. */
export function leaveAt(key: string, top: number) {
  places.set(key, top)
}

/** How far an entry was read. */
export function placeOf(key: string): number {
  return places.get(key) ?? 0
}

/** Scrolls to a place as soon as the page is long enough for it. Whoever moves the page meanwhile is left where they are. The answer
 * ends it; `onEnd` hears when it has ended by itself. */
export function scrollTo(frame: HTMLElement, top: number, onEnd: () => void): () => void {
  const reach = () => {
    frame.scrollTo({ top })
    return frame.scrollTop >= top - 1
  }
  if (reach()) {
    onEnd()
    return () => {}
  }
  const MOVES = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const
  const observer = new MutationObserver(() => reach() && end())
  const timer = setTimeout(end, WAIT_MS)
  function stop() {
    clearTimeout(timer)
    observer.disconnect()
    for (const move of MOVES) frame.removeEventListener(move, end)
  }
  function end() {
    stop()
    onEnd()
  }
  observer.observe(frame, { childList: true, subtree: true })
  for (const move of MOVES) frame.addEventListener(move, end, { passive: true })
  return stop
}
