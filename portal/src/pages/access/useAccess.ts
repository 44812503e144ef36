// What the pages below Access ask: roles and locks of the resource manager, and people and applications of the directory.

import { type QueryKey, useQuery } from '@tanstack/react-query'
import { api, ask, directory, type Schemas } from '../../api/client'
import { everyObject } from '../../api/objects'
import { everyItem } from '../../api/pages'
import { readAnew } from '../../api/queryClient'
import { scoped } from '../../api/scoped'
import type { Assignment, Lock } from './rights'

export type Person = Schemas['DirectoryUser']
export type Application = Schemas['Application']
export type ServicePrincipal = Schemas['ServicePrincipal']
export type DirectoryObject = Schemas['DirectoryObject']

const ROLES_LAST_MS = 5 * 60_000
const IDS_MAX = 1000

/** Who holds which role at a scope and above it; with `below`, also beneath it. */
export function useAssignments(scope: string, below = false) {
  return useQuery({
    queryKey: ['roleAssignments', scope, below],
    queryFn: ({ signal }) =>
      everyItem<Assignment>(
        api.GET('/{scope*}/providers/Microsoft.Authorization/roleAssignments', {
          params: { path: { 'scope*': scope }, query: below ? {} : { $filter: 'atScope()' } },
          pathSerializer: scoped,
          signal,
        }),
        signal,
      ),
  })
}

/** The locks that count at a scope: those at it and above it, and those below, which stop it from being deleted. */
export function useLocks(scope: string) {
  return useQuery({
    queryKey: ['locks', scope],
    queryFn: ({ signal }) =>
      everyItem<Lock>(
        api.GET('/{scope*}/providers/Microsoft.Authorization/locks', {
          params: { path: { 'scope*': scope } },
          pathSerializer: scoped,
          signal,
        }),
        signal,
      ),
  })
}

/** Names for the ids of principals; those that are not there any more are left out. */
export function useNames(ids: readonly string[]) {
  const wanted = [...new Set(ids)].sort().slice(0, IDS_MAX)
  return useQuery({
    queryKey: ['directoryNames', wanted],
    queryFn: async ({ signal }) => {
      const found = await ask(directory.POST('/v1.0/directoryObjects/getByIds', { body: { ids: wanted }, signal }))
      return new Map(found.value.map(one => [one.id, one]))
    },
    enabled: wanted.length > 0,
  })
}

/** Everybody who can sign in, or will. */
export function usePeople() {
  return useQuery({
    queryKey: ['people'],
    queryFn: ({ signal }) =>
      everyObject<Person>(directory.GET('/v1.0/users', { params: { query: { $top: '999' } }, signal }), signal),
  })
}

/** Every application that has been registered. */
export function useApplications() {
  return useQuery({
    queryKey: ['applications'],
    queryFn: ({ signal }) =>
      everyObject<Application>(
        directory.GET('/v1.0/applications', { params: { query: { $top: '999' } }, signal }),
        signal,
      ),
  })
}

/** Who acts for the applications. */
export function useServicePrincipals() {
  return useQuery({
    queryKey: ['servicePrincipals'],
    queryFn: ({ signal }) =>
      everyObject<ServicePrincipal>(
        directory.GET('/v1.0/servicePrincipals', { params: { query: { $top: '999' } }, signal }),
        signal,
      ),
  })
}

/** Every action that roles can have in them. */
export function useActions() {
  return useQuery({
    queryKey: ['providerOperations'],
    queryFn: async ({ signal }) => {
      const found = await ask(api.GET('/providers/Microsoft.Authorization/providerOperations', { signal }))
      const all = found.value.flatMap(one => [
        ...(one.operations ?? []),
        ...one.resourceTypes.flatMap(type => type.operations ?? []),
      ])
      return [...new Set(all.map(one => one.name))].sort()
    },
    staleTime: ROLES_LAST_MS,
  })
}

/** After somebody or something was deleted, whose list this is: no page shows them or what they held any more. */
export async function forgetPrincipal(list: QueryKey) {
  await Promise.all([
    readAnew(list, true),
    ...[['servicePrincipals'], ['roleAssignments'], ['directoryNames']].map(key => readAnew(key)),
  ])
}
