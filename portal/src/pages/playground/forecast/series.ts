// A series of values over time, as people paste it.

export interface Series {
  /** As it was written; the service reads it. */
  timestamps: string[]
  /** Seconds since 1970, of the person's own clock where no zone is written. */
  seconds: number[]
  values: (number | null)[]
}

const POINTS_MAX = 20_000

/** Reads lines of a time and a value: CSV with commas, semicolons or tabs, with a head or without. Throws a sentence. */
export function readSeries(text: string): Series {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  const rows = lines.map(line => line.split(/[;\t,]/).map(cell => cell.trim().replace(/^"(.*)"$/, '$1')))
  // A head has no time in it.
  const hasHead = rows.length > 0 && secondsOf(rows[0]?.[0] ?? '') === undefined
  const body = hasHead ? rows.slice(1) : rows
  if (body.length > POINTS_MAX) throw new Error(`These are ${body.length} lines; at most ${POINTS_MAX} are taken here.`)
  const series: Series = { timestamps: [], seconds: [], values: [] }
  body.forEach((row, at) => {
    const line = at + (hasHead ? 2 : 1)
    const [timestamp = '', value = ''] = row
    const seconds = secondsOf(timestamp)
    if (row.length < 2) throw new Error(`Line ${line}: a time and a value are wanted, with a comma between them.`)
    if (seconds === undefined)
      throw new Error(`Line ${line}: '${timestamp.slice(0, 40)}' is no time such as 2026-01-31.`)
    const last = series.seconds.at(-1)
    if (last !== undefined && seconds <= last) throw new Error(`Line ${line}: times must go up, each of them once.`)
    const number = value === '' ? null : Number(value)
    if (number !== null && !Number.isFinite(number))
      throw new Error(`Line ${line}: '${value.slice(0, 40)}' is no number.`)
    series.timestamps.push(timestamp)
    series.seconds.push(seconds)
    series.values.push(number)
  })
  if (series.values.length < 3) throw new Error('At least three lines are wanted, each with a time and a value.')
  return series
}

/** `2026-01-31`, `2026-01-31 12:00`, with a `T` and with a zone; `undefined` for anything else. */
export function secondsOf(text: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text,
  )
  if (!found) return undefined
  const [, year, month, day, hours = '00', minutes = '00', seconds = '00', zone = ''] = found
  const ms = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}${zone}`)
  return Number.isNaN(ms) ? undefined : ms / 1000
}

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** How far apart the values are, as the service wants it written. A guess: the person may say otherwise. */
export function frequencyOf(seconds: readonly number[]): string {
  const steps = seconds.slice(1).map((one, at) => one - (seconds[at] ?? 0))
  const step = [...steps].sort((one, other) => one - other)[Math.floor(steps.length / 2)] ?? DAY_S
  if (step >= 360 * DAY_S) return 'YS'
  if (step >= 85 * DAY_S) return 'QS'
  if (step >= 27 * DAY_S) return 'MS'
  if (Math.round(step / DAY_S) === 7) return 'W'
  if (step >= 22 * HOUR_S) return 'D'
  if (step >= HOUR_S) return step === HOUR_S ? 'h' : `${Math.round(step / HOUR_S)}h`
  return `${Math.max(1, Math.round(step / MINUTE_S))}min`
}

/** Visitors of a shop over twelve weeks: busier at weekends, and a little more each week. The same every time. */
export function exampleSeries(): string {
  const week = [102, 98, 101, 107, 126, 171, 158]
  const lines = ['date,visitors']
  for (let day = 0; day < 84; day++) {
    const date = new Date(Date.UTC(2026, 7, 3 + day)).toISOString().slice(0, 10)
    const wobble = ((day * 7919) % 17) - 8
    lines.push(`${date},${Math.round((week[day % 7] ?? 100) + day * 0.6 + wobble)}`)
  }
  return lines.join('\n')
}
