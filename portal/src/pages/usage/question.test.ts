import { expect, test } from 'vitest'
import { atOf, before, costQuery, spanOf, stepOf, viewIn, withView } from './question'

const NOW = Date.parse('2026-11-21T10:30:59Z')
const view = (text: string) => viewIn(new URLSearchParams(text))
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 19)

test('an address says what is shown, and nothing that is wrong', () => {
  expect(view('')).toMatchObject({ period: '30d', by: 'endpoint', at: undefined, show: undefined })
  expect(view('period=7d&by=key&show=tokens&each=hour&at=project&model=a&model=b')).toMatchObject({
    period: '7d',
    by: 'key',
    show: 'tokens',
    step: 'hour',
    at: 'project',
    filters: { model: ['a', 'b'], project: [] },
  })
  expect(view('period=custom')).toMatchObject({ period: '30d', from: '' })
  expect(view('period=custom&from=2026-11-03&to=2026-11-01').period).toBe('30d')
  expect(view('period=constructor&by=toString')).toMatchObject({ period: '30d', by: 'endpoint' })
})

test('what is read from an address is what was written there', () => {
  for (const text of [
    'subscription=s&period=today&by=hour&show=requests',
    'subscription=s&period=custom&from=2026-11-01&to=2026-11-03&at=group&endpoint=a%26b&key=primary',
    'subscription=s&at=subscription',
    'subscription=s',
  ]) {
    expect(withView(new URLSearchParams('subscription=s'), view(text)).toString()).toBe(text)
  }
})

test('the bill is that of the widest place where it may be read', () => {
  const ALL = ['subscription', 'group', 'project'] as const
  const check = (
    subscription?: boolean,
    group?: boolean,
    project?: boolean,
    there: readonly (typeof ALL)[number][] = ALL,
  ) => expect(atOf(there, { subscription, group, project }), `${subscription} ${group} ${project}`)
  check(true).toBe('subscription')
  check(undefined).toBe('subscription')
  check(false, undefined).toBe('group')
  check(false, true).toBe('group')
  check(false, false, true).toBe('project')
  check(false, false, false).toBe('project')
  check(false, undefined, undefined, ['subscription']).toBe('subscription')
})

test('periods end now, and are compared with as much of the one before', () => {
  const check = (text: string, from: string, to: string, past: string) => {
    const span = spanOf(view(text), NOW)
    expect([iso(span.fromMs), iso(span.toMs), iso(before(span).fromMs)]).toEqual([from, to, past])
  }
  check('period=today', '2026-11-21T00:00:00', '2026-11-21T10:30:59', '2026-11-20T00:00:00')
  check('period=7d', '2026-11-15T00:00:00', '2026-11-21T10:30:59', '2026-11-08T00:00:00')
  check(
    'period=custom&from=2026-11-01&to=2026-11-02',
    '2026-11-01T00:00:00',
    '2026-11-02T23:59:59',
    '2026-10-30T00:00:00',
  )
})

test('hours are asked for where they are answered', () => {
  const step = (text: string) => stepOf(view(text), spanOf(view(text), NOW))
  expect(step('period=today')).toBe('hour')
  expect(step('period=today&each=day')).toBe('day')
  expect(step('period=7d')).toBe('day')
  expect(step('period=7d&by=hour')).toBe('hour')
  expect(step('period=90d&by=hour')).toBe('day')
})

test('a question names its period, its dimensions once, and its filters', () => {
  const { filters } = view('model=m&key=primary')
  const span = spanOf(view('period=today'), NOW)
  expect(costQuery({ span, step: 'hour', dimensions: ['Meter', 'Meter'], filters, meters: ['requests'] })).toEqual({
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: { from: '2026-11-21T00:00:00Z', to: '2026-11-21T10:30:59Z' },
    dataset: {
      granularity: 'Hourly',
      aggregation: {
        totalCost: { name: 'Cost', function: 'Sum' },
        quantity: { name: 'UsageQuantity', function: 'Sum' },
      },
      grouping: [{ type: 'Dimension', name: 'Meter' }],
      filter: {
        and: [
          { dimensions: { name: 'Model', operator: 'In', values: ['m'] } },
          { dimensions: { name: 'Key', operator: 'In', values: ['primary'] } },
          { dimensions: { name: 'Meter', operator: 'In', values: ['requests'] } },
        ],
      },
    },
  })
  const alone = costQuery({ span, dimensions: [], filters: { ...filters, key: [] } })
  expect(alone.dataset.filter).toEqual({ dimensions: { name: 'Model', operator: 'In', values: ['m'] } })
  expect(costQuery({ span, dimensions: [] }).dataset).not.toHaveProperty('filter')
})
