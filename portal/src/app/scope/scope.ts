// Where a page works: a subscription, and mostly a project in it. It is in the address, so that a link means the same to
// whoever opens it, and remembered, so that an address without it means what it meant last time.

export interface ScopeNames {
  subscription: string
  group?: string
  workspace?: string
}

const KEY = 'cupola.scope'

/** Reads the names from an address; `undefined` where it has none. */
export function namesIn(search: URLSearchParams): ScopeNames | undefined {
  const subscription = search.get('subscription')
  if (!subscription) return undefined
  const group = search.get('group')
  const workspace = search.get('workspace')
  if (!group) return { subscription }
  return workspace ? { subscription, group, workspace } : { subscription, group }
}

/** The address with these names in the place of those it has. */
export function withNames(search: URLSearchParams, names: ScopeNames): URLSearchParams {
  const next = new URLSearchParams(search)
  for (const name of ['subscription', 'group', 'workspace'] as const) {
    const value = names[name]
    if (value) next.set(name, value)
    else next.delete(name)
  }
  return next
}

/** Are these the same? Names are compared as the resource manager does, without case. */
export function sameNames(one: ScopeNames | undefined, other: ScopeNames | undefined): boolean {
  const plain = (names: ScopeNames | undefined) =>
    [names?.subscription, names?.group, names?.workspace].map(name => name?.toLowerCase() ?? '').join('/')
  return plain(one) === plain(other)
}

/** The names that were used last. */
export function remembered(): ScopeNames | undefined {
  try {
    return namesIn(new URLSearchParams(localStorage.getItem(KEY) ?? ''))
  } catch {
    return undefined
  }
}

/** Remembers names for the next address without any. */
export function remember(names: ScopeNames) {
  try {
    localStorage.setItem(KEY, withNames(new URLSearchParams(), names).toString())
  } catch {
    // Then the next address begins anew.
  }
}

/** The resource id of the place. */
export function idOf({ subscription, group, workspace }: ScopeNames): string {
  const inGroup = group ? `/resourceGroups/${group}` : ''
  const inWorkspace = workspace ? `/providers/Microsoft.MachineLearningServices/workspaces/${workspace}` : ''
  return `/subscriptions/${subscription}${inGroup}${inWorkspace}`
}

/** The names of a resource id. */
export function namesOfId(id: string): { subscription?: string; group?: string; name: string } {
  const parts = id.split('/').filter(part => part !== '')
  const after = (word: string) => {
    const at = parts.findIndex(part => part.toLowerCase() === word)
    return at < 0 ? undefined : parts[at + 1]
  }
  const [subscription, group] = [after('subscriptions'), after('resourcegroups')]
  return {
    ...(subscription ? { subscription } : {}),
    ...(group ? { group } : {}),
    name: parts.at(-1) ?? '',
  }
}
