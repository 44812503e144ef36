import { expect, test } from 'vitest'
import { allowing, mayDo, names, type Role, viewOf } from './roles'

const WRITE = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write'

function role(name: string, actions: string[], notActions: string[] = [], dataActions: string[] = []): Role {
  const permissions = [{ actions, notActions, dataActions, notDataActions: [] }]
  return { id: name, name, properties: { roleName: name, type: 'BuiltInRole', assignableScopes: ['/'], permissions } }
}

test('a pattern names actions as the server reads it', () => {
  expect(names('*', WRITE)).toBe(true)
  expect(names('*/read', WRITE)).toBe(false)
  expect(names('microsoft.machinelearningservices/workspaces/*/WRITE', WRITE)).toBe(true)
  expect(
    names('Microsoft.MachineLearningServices/workspaces/*/write', 'Microsoft.MachineLearningServices/workspaces/write'),
  ).toBe(true)
  expect(names('Microsoft.Machine.earning*', WRITE)).toBe(false)
  expect(names('Microsoft.MachineLearningServicesX*', WRITE)).toBe(false)
})

test('what one role takes away, another may give', () => {
  const taken = { actions: ['*'], notActions: ['*/write'] }
  expect(mayDo([], WRITE)).toBe(false)
  expect(mayDo([taken], WRITE)).toBe(false)
  expect(mayDo([taken, { actions: ['*/write'], notActions: [] }], WRITE)).toBe(true)
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

test('the least mighty role that helps comes first', () => {
  const roles = [
    role('owner', ['*']),
    role('developer', ['Microsoft.MachineLearningServices/workspaces/*']),
    role('reader', ['*/read']),
  ]
  expect(allowing(roles, WRITE).map(one => one.name)).toEqual(['developer', 'owner'])
})
