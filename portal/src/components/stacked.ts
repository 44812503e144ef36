import type { Series } from './Chart'

/** Each series on top of those before it; the last is the highest, and is drawn first. */
export function stacked(series: readonly Series[]): Series[] {
  let below: readonly (number | null)[] = []
  const high = series.map(one => {
    below = one.values.map((value, index) => (value ?? 0) + (below[index] ?? 0))
    return { label: one.label, values: below }
  })
  return high.reverse()
}
