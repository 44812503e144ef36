import { expect, test } from 'vitest'
import { ALL, ONE, scopeOf, written } from './target'

test('paths of a subscription have no group', () => {
  const check = (path: string, params: Record<string, string>, expected: string) =>
    expect(written(path, params)).toBe(expected)
  check(
    ALL,
    { subscription: 's', group: 'g' },
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.Resources/deployments',
  )
  check(ALL, { subscription: 's', group: '' }, '/subscriptions/s/providers/Microsoft.Resources/deployments')
  check(
    `${ONE}/whatIf`,
    { subscription: 's', group: '', name: 'a b' },
    '/subscriptions/s/providers/Microsoft.Resources/deployments/a%20b/whatIf',
  )
})

test('rights are asked for at the scope that is deployed into', () => {
  expect(scopeOf({ subscription: 's', group: 'g' })).toBe('/subscriptions/s/resourceGroups/g')
  expect(scopeOf({ subscription: 's', group: undefined })).toBe('/subscriptions/s')
})
