import { useNow } from './useNow'

const MINUTE_MS = 60_000
const WHOLE = { whiteSpace: 'nowrap' } as const
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const toTheSecond = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })

interface Props {
  at: string | undefined
  relative?: boolean
  /** In logs, where several things happen in a minute. */
  seconds?: boolean
}

/** A moment in the person's own time, or how long ago it was; the exact one in UTC when pointed at. */
export function Time({ at, relative: isRelative = false, seconds = false }: Props) {
  const now = useNow(MINUTE_MS, isRelative)
  const ms = at ? Date.parse(at) : Number.NaN
  if (Number.isNaN(ms)) return <span>–</span>
  const utc = `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`
  return (
    <time dateTime={new Date(ms).toISOString()} title={utc}>
      {isRelative ? ago(ms - now) : <InTwo text={(seconds ? toTheSecond : exact).format(ms)} />}
    </time>
  )
}

// The day and the clock stay whole; between them a narrow column may break.
function InTwo({ text }: { text: string }) {
  const at = text.lastIndexOf(', ') + 1
  return (
    <>
      <span style={WHOLE}>{text.slice(0, at)}</span> <span style={WHOLE}>{text.slice(at).trim()}</span>
    </>
  )
}

/** `5 min. ago`, `in 2 hr.`, `yesterday`. */
export function ago(differenceMs: number): string {
  const minutes = Math.round(differenceMs / MINUTE_MS)
  if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute')
  const hours = Math.round(minutes / 60)
  if (Math.abs(hours) < 24) return relative.format(hours, 'hour')
  return relative.format(Math.round(hours / 24), 'day')
}
