import { expect, test } from 'vitest'
import { change, groups, lines, type Row, readRows, secondOfDay, timesOf, totals } from './numbers'

function row(model: string, meter: string, quantity: number, cost: number, more: Partial<Row> = {}): Row {
  return { time: undefined, values: { Model: model, Meter: meter }, currency: 'USD', cost, quantity, ...more }
}

test('rows are read by the names of their columns', () => {
  const columns = ['UsageDate', 'Cost', 'Model', 'UsageQuantity', 'Currency'].map(name => ({
    name,
    type: 'String' as const,
  }))
  const rows = [[20261121, 0.5, 'm', 7, 'EUR']]
  const [read] = readRows({ id: '', name: '', type: '', properties: { nextLink: null, columns, rows } })
  expect(read).toEqual({
    time: Date.parse('2026-11-21T00:00:00Z') / 1000,
    values: { Model: 'm' },
    currency: 'EUR',
    cost: 0.5,
    quantity: 7,
  })
  expect(secondOfDay(20240229)).toBe(Date.UTC(2024, 1, 29) / 1000)
})

test('meters add up to what they are of, and requests are no tokens', () => {
  const rows = [
    row('m', 'prompt_tokens', 10, 1),
    row('m', 'cached_prompt_tokens', 4, 0.5),
    row('m', 'completion_tokens', 3, 2),
    row('m', 'reasoning_tokens', 2, 1),
    row('m', 'requests', 6, 0),
    row('n', 'search_units', 9, 3),
  ]
  expect(totals(rows)).toEqual([
    { cost: 7.5, requests: 6, tokens: 19, prompt: 10, cached: 4, completion: 5, quantity: 34, currency: 'USD' },
  ])
  expect(groups(rows, ['Model'])).toMatchObject([
    { values: { Model: 'm' }, tokens: 19, requests: 6, cost: 4.5 },
    { values: { Model: 'n' }, tokens: 0, requests: 0, cost: 3 },
  ])
  expect(totals([])).toMatchObject([{ cost: 0, currency: 'USD' }])
})

test('two currencies are never added up', () => {
  const rows = [row('m', 'requests', 1, 2), row('m', 'requests', 1, 3, { currency: 'EUR' })]
  expect(totals(rows).map(sum => [sum.currency, sum.cost])).toEqual([
    ['EUR', 3],
    ['USD', 2],
  ])
  expect(groups(rows, ['Model'])).toHaveLength(2)
})

test('lines have a point for every piece of the period, and what is small is one line', () => {
  const span = { fromMs: 0, toMs: 2 * 86_400_000 + 5, days: 3 }
  const times = timesOf(span, 'day')
  expect(times).toEqual([0, 86_400, 172_800])
  const rows = Array.from({ length: 8 }, (_, index) => row(`m${index}`, 'requests', index + 1, 0, { time: 86_400 }))
  const found = lines(rows, ['Model'], times, 'requests')
  expect(found.map(line => [line.values?.Model, line.points])).toEqual([
    ['m7', [0, 8, 0]],
    ['m6', [0, 7, 0]],
    ['m5', [0, 6, 0]],
    ['m4', [0, 5, 0]],
    ['m3', [0, 4, 0]],
    [undefined, [0, 6, 0]],
  ])
  const all = groups(rows, ['Model']).reduce((sum, group) => sum + group.requests, 0)
  expect(found.reduce((sum, line) => sum + line.points.reduce((one, other) => one + other), 0)).toBe(all)
})

test('a change needs something that was there before', () => {
  expect(change(3, 2)).toBe(0.5)
  expect(change(3, 0)).toBeUndefined()
})
