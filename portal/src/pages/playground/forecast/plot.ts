// A forecast as lines over one time.

import { secondsOf } from './series'

export interface Forecast {
  data: {
    timestamp: string[]
    value: number[]
    input_tokens: number
    output_tokens: number
    /** `lo-80` and `hi-80`, for each level. */
    [band: string]: number[] | string[] | number
  }
}

interface Line {
  label: string
  values: (number | null)[]
}

/** The past, the forecast, and a pair of lines for each level; `bands` says which lines are the two ends of an area. */
export function plotOf(body: Record<string, unknown>, { data }: Forecast) {
  const past = Object.entries((body.y ?? {}) as Record<string, number | null>)
  const times = [...past.map(([timestamp]) => timestamp), ...data.timestamp].map(text => secondsOf(text) ?? 0)
  const before = past.map(([, value]) => value)
  const nothing = <T>(of: readonly T[]) => of.map(() => null)
  // The line of the forecast begins where the past ends, so that no gap is between them.
  const joined = [...nothing(before.slice(1)), before.at(-1) ?? null]
  const series: Line[] = [
    { label: 'Series', values: [...before, ...nothing(data.value)] },
    { label: 'Forecast', values: [...joined, ...data.value] },
  ]
  const bands: [number, number][] = []
  for (const level of (body.level ?? []) as number[]) {
    const [low, high] = [data[`lo-${level}`], data[`hi-${level}`]]
    if (!Array.isArray(low) || !Array.isArray(high)) continue
    // The places in the list of lines, the upper end first.
    bands.push([series.length, series.length + 1])
    series.push({ label: `${level}% up to`, values: [...nothing(before), ...(high as number[])] })
    series.push({ label: `${level}% from`, values: [...nothing(before), ...(low as number[])] })
  }
  return { times, series, bands }
}
