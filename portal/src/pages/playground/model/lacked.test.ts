import { expect, test } from 'vitest'
import { lackedFor } from './lacked'
import type { Target, Way } from './targets'

const ENDPOINTS = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints'

function check(kind: Target['kind'], ways: readonly Way[], actions: string[], lacked: string | undefined) {
  const target = { id: '/e', kind, ways } as Target
  expect(lackedFor(target, [{ actions, notActions: [] }])).toBe(lacked && `${ENDPOINTS}/${lacked}`)
}

test('an endpoint is closed where no way into it is open', () => {
  check('endpoint', ['key'], ['*/read'], 'listKeys/action')
  check('endpoint', ['token'], ['*/read', `${ENDPOINTS}/listKeys/action`], 'score/action')
  check('endpoint', ['token', 'key'], ['*/read'], 'score/action')
  check('endpoint', ['token', 'key'], [`${ENDPOINTS}/listKeys/action`], undefined)
  check('endpoint', ['key'], ['*'], undefined)
})

test('of accounts the server says it', () => check('deployment', ['token', 'key'], ['*/read'], undefined))
