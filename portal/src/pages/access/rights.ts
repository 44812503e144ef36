// Who may do what and why, by the rules of the server: a role assignment reaches its scope and what is below, and a role
// allows what its actions name and the same block's notActions do not.

import type { Schemas } from '../../api/client'
import { type Role, viewOf } from '../../api/roles'

export type Assignment = Schemas['RoleAssignment']
export type Lock = Schemas['Lock']

/** Is `scope` this one, or below it? */
export function covers(held: string, scope: string): boolean {
  const outer = held.replace(/\/+$/, '').toLowerCase()
  const inner = scope.replace(/\/+$/, '').toLowerCase()
  return inner === outer || inner.startsWith(`${outer}/`)
}

export interface Reason {
  assignment: Assignment
  role: Role | undefined
  allowedBy?: string
  takenBy?: string
  isConditional: boolean
}

/** What a principal holds that reaches a scope, and what each piece says about an action. */
export function reasonsFor(
  principal: string,
  action: string,
  scope: string,
  assignments: readonly Assignment[],
  roles: readonly Role[],
): Reason[] {
  return assignments
    .filter(one => one.properties.principalId === principal && covers(one.properties.scope, scope))
    .map(assignment => {
      const role = roleOf(assignment, roles)
      const isConditional = !!assignment.properties.condition
      return { assignment, role, isConditional, ...(role ? viewOf(role, action) : {}) }
    })
}

/** May it be done, as far as roles go? A condition keeps an assignment from counting. */
export function isAllowed(reasons: readonly Reason[]): boolean {
  return reasons.some(reason => reason.allowedBy !== undefined && !reason.isConditional)
}

/** The locks that stop an action at a scope: some stop only deleting; those of what is below stop deleting what is above. */
export function stopping(locks: readonly Lock[], action: string, scope: string): Lock[] {
  const plain = action.toLowerCase()
  if (plain.startsWith('microsoft.authorization/locks/') || plain.endsWith('/read')) return []
  const deletes = plain.endsWith('/delete')
  const below = deletes && !plain.startsWith('microsoft.authorization/')
  return locks.filter(lock => {
    const at = scopeOfLock(lock)
    if (!covers(at, scope) && !(below && covers(scope, at))) return false
    return deletes || lock.properties.level === 'ReadOnly'
  })
}

export function scopeOfLock(lock: Lock): string {
  return lock.id.split(/\/providers\/Microsoft\.Authorization\/locks\//i)[0] || '/'
}

export function roleOf(assignment: Assignment, roles: readonly Role[]): Role | undefined {
  const guid = assignment.properties.roleDefinitionId.split('/').at(-1)?.toLowerCase()
  return roles.find(role => role.name.toLowerCase() === guid)
}

const KINDS: Record<string, string> = {
  subscriptions: 'Subscription',
  resourcegroups: 'Group',
  workspaces: 'Project',
  serverlessendpoints: 'Endpoint',
  marketplacesubscriptions: 'Model subscription',
  connections: 'Connection',
  accounts: 'Account',
  deployments: 'Deployment',
  projects: 'Project',
}

/** What a scope is, for people: `Endpoint hello`. */
export function described(scope: string): { kind: string; name: string } {
  const parts = scope.split('/').filter(part => part !== '')
  const name = parts.at(-1)
  if (!name) return { kind: 'Everything', name: '' }
  return { kind: KINDS[parts.at(-2)?.toLowerCase() ?? ''] ?? 'Resource', name }
}
