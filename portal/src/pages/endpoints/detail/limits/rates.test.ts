import { expect, test } from 'vitest'
import type { Metrics } from '../../../../api/metrics'
import { complaintOf, draftOf, limitsOf, ratesOf, usedOf } from './rates'

test('what is left out is as published, and unlimited for a key', () => {
  expect(ratesOf(undefined)).toEqual({
    endpoint: { tokensPerMinute: 200_000, requestsPerMinute: 1000 },
    primary: {},
    secondary: {},
  })
  const rates = ratesOf({ requestsPerMinute: 5, keys: { secondary: { tokensPerMinute: 7 } } })
  expect(rates.endpoint).toEqual({ tokensPerMinute: 200_000, requestsPerMinute: 5 })
  expect(rates.secondary).toEqual({ tokensPerMinute: 7 })
})

test('a form says what it was made of, and an empty one takes the limits away', () => {
  const check = (limits: Parameters<typeof draftOf>[0]) => expect(limitsOf(draftOf(limits))).toEqual(limits ?? null)
  check(undefined)
  check({ tokensPerMinute: 1 })
  check({ requestsPerMinute: 2, keys: { primary: { tokensPerMinute: 3 }, secondary: { requestsPerMinute: 4 } } })
  check({ keys: { secondary: { requestsPerMinute: 4 } } })
})

test('fields that are no limit say why', () => {
  const check = (text: string, expected: string | undefined) =>
    expect(complaintOf(text)?.split(/[.:]/)[0]).toBe(expected)
  check('', undefined)
  check(' 12 ', undefined)
  check('0', 'At least 1')
  check('-3', 'A whole number')
  check('1e3', 'A whole number')
  check('4294967296', 'At most 4,294,967,295')
})

test('what a principal used counts for the endpoint and for no key', () => {
  const series = (key: string, total: number, count: number) => ({
    metadatavalues: [{ name: { value: 'key' }, value: key }],
    data: [{ timeStamp: '2026-11-21T00:00:00Z', total, count }],
  })
  const metrics: Metrics = {
    interval: 'PT1M',
    timespan: '',
    value: [
      {
        name: { value: 'TotalTokens' },
        unit: 'Count',
        timeseries: [series('primary', 60, 2), series('', 5, 1)],
      },
    ],
  }
  expect(usedOf(metrics)).toEqual({
    endpoint: { tokens: 65, requests: 3 },
    primary: { tokens: 60, requests: 2 },
    secondary: { tokens: 0, requests: 0 },
  })
})
