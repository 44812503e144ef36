// What is asked of the bill: the period, what is told apart, which part of it. All of it is in the address, so that a link shows
// the same to whoever opens it. Days are those of the bill, in UTC.

import { DAY_MS, dayStart } from '../../time'

export type Period = 'today' | '7d' | '30d' | '90d' | 'custom'
export type By = 'project' | 'endpoint' | 'model' | 'meter' | 'key' | 'operation' | 'day' | 'hour'
export type Measure = 'cost' | 'tokens' | 'requests'
export type Step = 'day' | 'hour'
export type At = 'subscription' | 'group' | 'project'

export interface Filters {
  project: readonly string[]
  endpoint: readonly string[]
  model: readonly string[]
  meter: readonly string[]
  key: readonly string[]
}

export interface View {
  period: Period
  /** Days of a custom period, `2026-11-21`, both of them in it. */
  from: string
  to: string
  by: By
  /** `undefined` until somebody chooses: then it is what there is something of. */
  show: Measure | undefined
  step: Step | undefined
  /** `undefined` until somebody chooses: then it is as much as the person may read. */
  at: At | undefined
  filters: Filters
}

export interface Span {
  fromMs: number
  toMs: number
  days: number
}

export const PERIODS: Record<Period, string> = {
  today: 'Today, UTC',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  custom: 'Custom',
}

export const BYS: Record<By, string> = {
  project: 'Project',
  endpoint: 'Endpoint',
  model: 'Model',
  meter: 'Meter',
  key: 'Key',
  operation: 'Operation',
  day: 'Day',
  hour: 'Hour',
}

/** What the API calls them; an endpoint's name alone may be there twice. */
export const DIMENSIONS: Record<By, readonly string[]> = {
  project: ['ResourceGroupName', 'Workspace'],
  endpoint: ['ResourceId'],
  model: ['Model'],
  meter: ['Meter'],
  key: ['ResourceId', 'Key', 'Principal'],
  operation: ['Operation'],
  day: [],
  hour: [],
}

export const FILTERED: Record<keyof Filters, string> = {
  project: 'Workspace',
  endpoint: 'Endpoint',
  model: 'Model',
  meter: 'Meter',
  key: 'Key',
}
export const FILTER_NAMES = Object.keys(FILTERED) as (keyof Filters)[]

/** Hours are answered for so many days. */
export const HOURS_DAYS_MAX = 7
/** Days are answered for so many. */
export const DAYS_MAX = 366

const DATE = /^\d{4}-\d{2}-\d{2}$/

function oneOf<T extends string>(text: string | null, known: Record<T, unknown>, otherwise: T): T {
  return text !== null && Object.hasOwn(known, text) ? (text as T) : otherwise
}

/** Reads an address; what it says wrongly is as if it said nothing. */
export function viewIn(search: URLSearchParams): View {
  const [from, to] = [search.get('from') ?? '', search.get('to') ?? '']
  const isSpan = DATE.test(from) && DATE.test(to) && Date.parse(from) <= Date.parse(to)
  const period = oneOf<Period>(search.get('period'), PERIODS, '30d')
  const measure = search.get('show')
  const step = search.get('each')
  const at = search.get('at')
  return {
    period: period === 'custom' && !isSpan ? '30d' : period,
    from: isSpan ? from : '',
    to: isSpan ? to : '',
    by: oneOf<By>(search.get('by'), BYS, 'endpoint'),
    show: measure === 'cost' || measure === 'tokens' || measure === 'requests' ? measure : undefined,
    step: step === 'day' || step === 'hour' ? step : undefined,
    at: at === 'subscription' || at === 'group' || at === 'project' ? at : undefined,
    filters: Object.fromEntries(FILTER_NAMES.map(name => [name, search.getAll(name)])) as unknown as Filters,
  }
}

/** The address with a view in it; what is usual is left out. */
export function withView(search: URLSearchParams, view: View): URLSearchParams {
  const next = new URLSearchParams(search)
  const put = (name: string, value: string | undefined, usual: string) => {
    if (value && value !== usual) next.set(name, value)
    else next.delete(name)
  }
  put('period', view.period, '30d')
  put('from', view.period === 'custom' ? view.from : undefined, '')
  put('to', view.period === 'custom' ? view.to : undefined, '')
  put('by', view.by, 'endpoint')
  put('show', view.show, '')
  put('each', view.step, '')
  put('at', view.at, '')
  for (const name of FILTER_NAMES) {
    next.delete(name)
    for (const value of view.filters[name]) next.append(name, value)
  }
  return next
}

/** The widest place whose bill may be read, of those that there are, the widest first; `undefined` is not known yet. */
export function atOf(there: readonly At[], may: Readonly<Record<At, boolean | undefined>>): At {
  return there.find(at => may[at] !== false) ?? there.at(-1) ?? 'subscription'
}

/** From when to when; days that go on end now. */
export function spanOf(view: View, nowMs: number): Span {
  const today = dayStart(nowMs)
  if (view.period === 'custom') {
    const [fromMs, last] = [Date.parse(view.from), Date.parse(view.to)]
    return { fromMs, toMs: last + DAY_MS - 1000, days: Math.round((last - fromMs) / DAY_MS) + 1 }
  }
  const days = view.period === 'today' ? 1 : Number.parseInt(view.period, 10)
  return { fromMs: today - (days - 1) * DAY_MS, toMs: nowMs, days }
}

/** The period before, as long as this one is by now. */
export function before(span: Span): Span {
  const back = span.days * DAY_MS
  return { fromMs: span.fromMs - back, toMs: span.toMs - back, days: span.days }
}

/** How time is cut: as the view says where that can be answered. */
export function stepOf(view: View, span: Span): Step {
  const wanted = view.by === 'day' || view.by === 'hour' ? view.by : view.step
  if (span.days > HOURS_DAYS_MAX) return 'day'
  return wanted ?? (span.days <= 2 ? 'hour' : 'day')
}

export const TOKEN_METERS = [
  'prompt_tokens',
  'cached_prompt_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'finetune_prompt_tokens',
  'finetune_completion_tokens',
] as const

export interface CostQuery {
  type: 'ActualCost'
  timeframe: 'Custom'
  timePeriod: { from: string; to: string }
  dataset: {
    granularity: 'None' | 'Daily' | 'Hourly'
    aggregation: Record<string, { name: 'Cost' | 'UsageQuantity'; function: 'Sum' }>
    grouping: { type: 'Dimension'; name: string }[]
    filter?: object
  }
}

interface Wanted {
  span: Span
  step?: Step
  dimensions: readonly string[]
  filters?: Filters
  /** Of which meters alone. */
  meters?: readonly string[] | undefined
}

const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** The question as the API takes it. */
export function costQuery({ span, step, dimensions, filters, meters }: Wanted): CostQuery {
  const compare = (name: string, values: readonly string[]) => ({ dimensions: { name, operator: 'In', values } })
  const parts = FILTER_NAMES.filter(name => (filters?.[name].length ?? 0) > 0).map(name =>
    compare(FILTERED[name], filters?.[name] ?? []),
  )
  if (meters) parts.push(compare('Meter', meters))
  const [first] = parts
  const filter = parts.length > 1 ? { and: parts } : first
  return {
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: { from: instant(span.fromMs), to: instant(span.toMs) },
    dataset: {
      granularity: step === 'hour' ? 'Hourly' : step === 'day' ? 'Daily' : 'None',
      aggregation: {
        totalCost: { name: 'Cost', function: 'Sum' },
        quantity: { name: 'UsageQuantity', function: 'Sum' },
      },
      grouping: [...new Set(dimensions)].map(name => ({ type: 'Dimension', name })),
      ...(filter ? { filter } : {}),
    },
  }
}

/** The meters that a measure adds up; `undefined` for the cost, which all of them have. */
export function metersOf(measure: Measure): readonly string[] | undefined {
  if (measure === 'cost') return undefined
  return measure === 'tokens' ? TOKEN_METERS : ['requests']
}
