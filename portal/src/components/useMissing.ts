import { allowing, mayDo, type Permission } from '../api/roles'
import { usePermissions, useRoles } from '../api/useRights'

const ROLES_NAMED = 2

/** Why the person may not do this there, and which roles would let them; nothing where they may, or where it is not known. */
export function useMissing(action: string, scope: string, within = scope): string | undefined {
  const isMissingIn = (known: readonly Permission[] | undefined) => known !== undefined && !mayDo(known, action)
  const isMissingAbove = isMissingIn(usePermissions(within).data)
  const isMissing = isMissingIn(usePermissions(scope, isMissingAbove).data) && isMissingAbove
  const roles = useRoles(within, isMissing)
  if (!isMissing) return undefined
  const having = allowing(roles.data ?? [], action)
    .slice(0, ROLES_NAMED)
    .map(role => role.properties.roleName)
  const such = having.length > 0 ? `, such as ${having.join(' or ')}` : ''
  return `It takes ${action}, and no role that you hold here has it. Ask an administrator for one that does${such}.`
}
