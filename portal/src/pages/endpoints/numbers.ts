// How numbers of requests, tokens and time are written.

import { money } from '../../components/Money'

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

/** `1,234` */
export function count(value: number): string {
  return whole.format(value)
}

/** `1.2M`, where there is little room. */
export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? count(value) : short.format(value)
}

/** `12 ms`, `3.4 s` */
export function milliseconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)} ms`
  if (value < 1000) return `${Math.round(value)} ms`
  return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`
}

/** `2.5 %` of a whole that may be nothing. */
export function share(part: number, all: number): string {
  if (all === 0) return '–'
  const percent = (100 * part) / all
  return `${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toFixed(1)} %`
}

/** What was spent, each currency by itself: `$0.12 + €3.00`. */
export function amounts(costs: ReadonlyMap<string, number>, currency = 'USD'): string {
  const parts = [...costs].filter(([, cost]) => cost !== 0).map(([name, cost]) => money(cost, name || currency))
  return parts.length > 0 ? parts.join(' + ') : money(0, [...costs.keys()][0] || currency)
}
