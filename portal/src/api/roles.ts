// What roles allow, by the rule of the server: what their actions name and the same block's notActions do not.

import type { Schemas } from './client'

export type Role = Schemas['RoleDefinition']

/** A block of what somebody may do somewhere, as the resource manager lists it. */
export type Permission = Pick<Schemas['Permissions'], 'actions' | 'notActions'>

/** Does a pattern name an action? `*` is any text, and a part that is `*` may also be missing. */
export function names(pattern: string, action: string): boolean {
  const source = pattern
    .split('/*/')
    .map(part =>
      part
        .split('*')
        .map(text => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*'),
    )
    .join('/(?:.*/)?')
  return new RegExp(`^${source}$`, 'i').test(action)
}

/** May somebody with these permissions do this? What one role takes away, another may give. */
export function mayDo(permissions: readonly Permission[], action: string): boolean {
  return permissions.some(
    block =>
      block.actions.some(pattern => names(pattern, action)) &&
      !block.notActions.some(pattern => names(pattern, action)),
  )
}

/** How a role sees an action: the pattern that allows it, or the one that takes it away again. */
export function viewOf(role: Role, action: string): { allowedBy?: string; takenBy?: string } {
  let takenBy: string | undefined
  for (const block of role.properties.permissions) {
    for (const [given, taken] of [
      [block.actions, block.notActions],
      [block.dataActions ?? [], block.notDataActions ?? []],
    ] as const) {
      const allowedBy = given.find(pattern => names(pattern, action))
      if (allowedBy === undefined) continue
      const against = taken.find(pattern => names(pattern, action))
      if (against === undefined) return { allowedBy }
      takenBy = against
    }
  }
  return takenBy === undefined ? {} : { takenBy }
}

/** The roles that would allow an action, the least mighty first. */
export function allowing(roles: readonly Role[], action: string): Role[] {
  const might = (role: Role) =>
    role.properties.permissions
      .flatMap(block => [...block.actions, ...(block.dataActions ?? [])])
      .reduce((sum, pattern) => sum + (pattern === '*' ? 1000 : pattern.includes('*') ? 10 : 1), 0)
  return roles
    .filter(role => viewOf(role, action).allowedBy !== undefined)
    .sort((one, other) => might(one) - might(other))
}
