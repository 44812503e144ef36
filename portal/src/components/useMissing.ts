import { allowing, mayDo, type Permission } from '../api/roles'
import { usePermissions, useRoles } from '../api/useRights'

const ROLES_NAMED = 2
const READ_ROLES = 'Microsoft.Authorization/roleDefinitions/read'

/** Why the person may not do this there, and which roles would let them; nothing where they may, or where it is not known. */
export function useMissing(action: string, scope: string, within = scope): string | undefined {
  const isMissingIn = (known: readonly Permission[] | undefined) => known !== undefined && !mayDo(known, action)
  const readsRoles = (known: readonly Permission[] | undefined) => known !== undefined && mayDo(known, READ_ROLES)
  const above = usePermissions(within).data
  const isMissingAbove = isMissingIn(above)
  const here = usePermissions(scope, isMissingAbove).data
  const isMissing = isMissingIn(here) && isMissingAbove
  // Whoever may not read roles is not refused in their own name for what they did not ask.
  const roles = useRoles(readsRoles(above) ? within : scope, isMissing && (readsRoles(above) || readsRoles(here)))
  if (!isMissing) return undefined
  const having = allowing(roles.data ?? [], action)
    .slice(0, ROLES_NAMED)
    .map(role => role.properties.roleName)
  const such = having.length > 0 ? `, such as ${having.join(' or ')}` : ''
  return `It takes ${action}, and no role that you hold here has it. Ask an administrator for one that does${such}.`
}
