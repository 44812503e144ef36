import { expect, test } from 'vitest'
import {
  type Assignment,
  allowing,
  covers,
  described,
  isAllowed,
  type Lock,
  names,
  type Role,
  reasonsFor,
  stopping,
  viewOf,
} from './rights'

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

test('a pattern names actions as the server reads it', () => {
  expect(names('*', WRITE)).toBe(true)
  expect(names('*/read', WRITE)).toBe(false)
  expect(names('microsoft.machinelearningservices/workspaces/*/WRITE', WRITE)).toBe(true)
  expect(
    names('Microsoft.MachineLearningServices/workspaces/*/write', 'Microsoft.MachineLearningServices/workspaces/write'),
  ).toBe(true)
  expect(names('Microsoft.Machine.earning*', WRITE)).toBe(false)
})

test('what a block gives and takes away again', () => {
  const contributor = role('c', ['*'], ['Microsoft.Authorization/*/write'])
  expect(viewOf(contributor, WRITE)).toEqual({ allowedBy: '*' })
  expect(viewOf(contributor, 'Microsoft.Authorization/roleAssignments/write')).toEqual({
    takenBy: 'Microsoft.Authorization/*/write',
  })
  expect(viewOf(role('r', ['*/read']), WRITE)).toEqual({})
  expect(viewOf(role('d', [], [], ['A/b/action']), 'a/B/action')).toEqual({ allowedBy: 'A/b/action' })
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

test('the least mighty role that helps comes first', () => {
  const roles = [
    role('owner', ['*']),
    role('developer', ['Microsoft.MachineLearningServices/workspaces/*']),
    role('reader', ['*/read']),
  ]
  expect(allowing(roles, WRITE).map(one => one.name)).toEqual(['developer', 'owner'])
})

test('scopes have names for people', () => {
  expect(described('/')).toEqual({ kind: 'Everything', name: '' })
  expect(described(GROUP)).toEqual({ kind: 'Group', name: 'g' })
  expect(described(`${GROUP}/providers/M/workspaces/w/serverlessEndpoints/e`)).toEqual({ kind: 'Endpoint', name: 'e' })
})
