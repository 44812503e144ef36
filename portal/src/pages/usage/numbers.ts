// Rows of the bill become totals, groups and lines. The same rows are behind the plot and the table, so that they agree.

import type { CostTable } from './costs'
import type { Measure, Span, Step } from './question'

export interface Row {
  /** Seconds since 1970; `undefined` where time is not told apart. */
  time: number | undefined
  /** By the name of their dimension. */
  values: Readonly<Record<string, string>>
  currency: string
  cost: number
  quantity: number
}

/** What was used and what it costs. */
export interface Sum {
  cost: number
  requests: number
  tokens: number
  prompt: number
  cached: number
  completion: number
  /** Everything, in the meter's own unit; means something where there is one meter. */
  quantity: number
}

export interface Group extends Sum {
  key: string
  time: number | undefined
  values: Readonly<Record<string, string>>
  currency: string
}

export interface Line {
  key: string
  /** A row whose values name it; `undefined` for the rest. */
  values: Readonly<Record<string, string>> | undefined
  currency: string
  points: number[]
}

/** Rows of an answer, whatever the order of its columns. */
export function readRows(table: CostTable): Row[] {
  const names = table.properties.columns.map(column => column.name)
  const own = new Set(['Cost', 'UsageQuantity', 'UsageDate', 'UsageTime', 'Currency'])
  const place = (name: string) => names.indexOf(name)
  const [cost, quantity, day, hour, currency] = [
    place('Cost'),
    place('UsageQuantity'),
    place('UsageDate'),
    place('UsageTime'),
    place('Currency'),
  ]
  const dimensions = names.flatMap((name, index) => (own.has(name) ? [] : [[name, index] as const]))
  return table.properties.rows.map(row => ({
    time: day >= 0 ? secondOfDay(Number(row[day])) : hour >= 0 ? Date.parse(String(row[hour])) / 1000 : undefined,
    values: Object.fromEntries(dimensions.map(([name, index]) => [name, String(row[index] ?? '')])),
    currency: String(row[currency] ?? 'USD'),
    cost: Number(row[cost] ?? 0),
    quantity: Number(row[quantity] ?? 0),
  }))
}

/** `20261121`, as the service writes days. */
export function secondOfDay(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / 1000
}

const nothing = (): Sum => ({ cost: 0, requests: 0, tokens: 0, prompt: 0, cached: 0, completion: 0, quantity: 0 })

function add(sum: Sum, row: Row) {
  const meter = row.values.Meter ?? ''
  sum.cost += row.cost
  sum.quantity += row.quantity
  if (meter === 'requests') sum.requests += row.quantity
  if (!meter.endsWith('_tokens')) return
  sum.tokens += row.quantity
  if (meter === 'cached_prompt_tokens') sum.cached += row.quantity
  if (meter === 'prompt_tokens' || meter === 'finetune_prompt_tokens') sum.prompt += row.quantity
  if (meter.includes('completion') || meter === 'reasoning_tokens') sum.completion += row.quantity
}

/** All rows by currency, the dearest first; never empty. */
export function totals(rows: readonly Row[]): (Sum & { currency: string })[] {
  const found = new Map<string, Sum & { currency: string }>()
  for (const row of rows) {
    const sum = found.get(row.currency) ?? { ...nothing(), currency: row.currency }
    found.set(row.currency, sum)
    add(sum, row)
  }
  const all = [...found.values()].sort((one, other) => other.cost - one.cost)
  return all.length > 0 ? all : [{ ...nothing(), currency: 'USD' }]
}

/** What makes a group one: its values, its time, and the currency, because amounts of two of them do not add up. */
export function keyOf(row: Pick<Row, 'values' | 'currency' | 'time'>, dimensions: readonly string[]): string {
  return [...dimensions.map(name => row.values[name] ?? ''), row.time ?? '', row.currency].join('\u0000')
}

/** Rows added up by what is told apart. */
export function groups(rows: readonly Row[], dimensions: readonly string[]): Group[] {
  const found = new Map<string, Group>()
  for (const row of rows) {
    const key = keyOf(row, dimensions)
    let group = found.get(key)
    if (!group) {
      group = { ...nothing(), key, time: row.time, values: row.values, currency: row.currency }
      found.set(key, group)
    }
    add(group, row)
  }
  return [...found.values()]
}

const STEP_S = { day: 86_400, hour: 3600 } as const

/** Every piece of a period, in seconds since 1970, those without usage too. */
export function timesOf(span: Span, step: Step): number[] {
  const width = STEP_S[step]
  const first = Math.floor(span.fromMs / 1000 / width) * width
  const times = []
  for (let at = first; at * 1000 <= span.toMs; at += width) times.push(at)
  return times
}

/** Lines over time: the largest by themselves, what is left as one, so that colours can be told apart. */
export function lines(
  rows: readonly Row[],
  dimensions: readonly string[],
  times: readonly number[],
  measure: Measure,
  most = 5,
): Line[] {
  const places = new Map(times.map((time, index) => [time, index]))
  const found = new Map<string, Line & { total: number }>()
  for (const row of rows) {
    const key = keyOf({ ...row, time: undefined }, dimensions)
    let line = found.get(key)
    if (!line) {
      line = { key, values: row.values, currency: row.currency, points: times.map(() => 0), total: 0 }
      found.set(key, line)
    }
    const at = row.time === undefined ? undefined : places.get(row.time)
    if (at === undefined) continue
    const value = measure === 'cost' ? row.cost : row.quantity
    line.points[at] = (line.points[at] ?? 0) + value
    line.total += value
  }
  const all = [...found.values()].sort((one, other) => other.total - one.total)
  if (all.length <= most + 1) return all
  const rest = all.slice(most)
  const points = times.map((_, index) => rest.reduce((sum, line) => sum + (line.points[index] ?? 0), 0))
  return [...all.slice(0, most), { key: 'rest', values: undefined, currency: rest[0]?.currency ?? 'USD', points }]
}

/** `+12 %`; `undefined` where there was nothing before. */
export function change(now: number, past: number): number | undefined {
  return past === 0 ? undefined : (now - past) / past
}
