// What may be done where, and by whom it may be done.

import { useQuery } from '@tanstack/react-query'
import { api, ask } from './client'
import { everyItem } from './pages'
import type { Permission, Role } from './roles'
import { scoped } from './scoped'

const PERMISSIONS_LAST_MS = 60_000
const ROLES_LAST_MS = 5 * 60_000

/** What the person may do at a scope. Everybody may ask that about themselves. */
export function usePermissions(scope: string, enabled = true) {
  return useQuery({
    queryKey: ['permissions', scope],
    queryFn: async ({ signal }): Promise<readonly Permission[]> => {
      const asked = api.GET('/{scope*}/providers/Microsoft.Authorization/permissions', {
        params: { path: { 'scope*': scope } },
        pathSerializer: scoped,
        signal,
      })
      return (await ask(asked)).value
    },
    enabled,
    staleTime: PERMISSIONS_LAST_MS,
  })
}

/** The roles that can be given at a scope. */
export function useRoles(scope: string, enabled = true) {
  return useQuery({
    queryKey: ['roleDefinitions', scope],
    queryFn: ({ signal }) =>
      everyItem<Role>(
        api.GET('/{scope*}/providers/Microsoft.Authorization/roleDefinitions', {
          params: { path: { 'scope*': scope } },
          pathSerializer: scoped,
          signal,
        }),
        signal,
      ),
    enabled,
    staleTime: ROLES_LAST_MS,
  })
}
