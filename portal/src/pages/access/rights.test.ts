import { expect, test } from 'vitest'
import type { Role } from '../../api/roles'
import { type Assignment, covers, described, isAllowed, type Lock, reasonsFor, stopping } from './rights'

const GROUP = '/subscriptions/s/resourceGroups/g'
const WRITE = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write'

function role(name: string, actions: string[], notActions: string[] = [], dataActions: string[] = []): Role {
  const permissions = [{ actions, notActions, dataActions, notDataActions: [] }]
  return { id: name, name, properties: { roleName: name, type: 'BuiltInRole', assignableScopes: ['/'], permissions } }
}

function held(roleName: string, scope: string, condition: string | null = null): Assignment {
  const properties = { scope, roleDefinitionId: `/x/${roleName}`, principalId: 'p', principalType: 'User', condition }
  return { id: `${scope}/${roleName}`, name: roleName, properties }
}

function lock(level: string, scope: string): Lock {
  return { id: `${scope}/providers/Microsoft.Authorization/locks/l`, name: 'l', properties: { level } }
}

test('a scope covers itself and what is below, not what begins alike', () => {
  expect(covers('/', GROUP)).toBe(true)
  expect(covers('/Subscriptions/S', GROUP)).toBe(true)
  expect(covers(GROUP, GROUP)).toBe(true)
  expect(covers(GROUP, `${GROUP}2`)).toBe(false)
  expect(covers(GROUP, '/subscriptions/s')).toBe(false)
})

test('reasons are what reaches the scope; conditions do not count', () => {
  const roles = [role('owner', ['*']), role('reader', ['*/read'])]
  const all = [held('owner', GROUP, '@x'), held('reader', '/'), held('owner', '/subscriptions/other')]
  const reasons = reasonsFor('p', WRITE, `${GROUP}/providers/P/t/n`, all, roles)
  expect(reasons.map(reason => reason.role?.name)).toEqual(['owner', 'reader'])
  expect(isAllowed(reasons)).toBe(false)
  expect(isAllowed(reasonsFor('p', WRITE, GROUP, [held('owner', '/')], roles))).toBe(true)
  expect(reasonsFor('q', WRITE, GROUP, all, roles)).toEqual([])
})

test('locks stop deleting or every change, but not reading and not locks themselves', () => {
  const locks = [lock('CanNotDelete', GROUP), lock('ReadOnly', `${GROUP}/providers/P/t/n`)]
  expect(stopping(locks, 'P/t/delete', `${GROUP}/providers/P/t/n`)).toHaveLength(2)
  expect(stopping(locks, 'P/t/write', `${GROUP}/providers/P/t/n`)).toEqual([locks[1]])
  expect(stopping(locks, 'P/t/write', GROUP)).toEqual([])
  expect(stopping(locks, 'P/g/delete', GROUP)).toHaveLength(2)
  expect(stopping(locks, 'P/t/read', `${GROUP}/providers/P/t/n`)).toEqual([])
  expect(stopping(locks, 'Microsoft.Authorization/locks/delete', GROUP)).toEqual([])
})

test('scopes have names for people', () => {
  expect(described('/')).toEqual({ kind: 'Everything', name: '' })
  expect(described(GROUP)).toEqual({ kind: 'Group', name: 'g' })
  expect(described(`${GROUP}/providers/M/workspaces/w/serverlessEndpoints/e`)).toEqual({ kind: 'Endpoint', name: 'e' })
})
