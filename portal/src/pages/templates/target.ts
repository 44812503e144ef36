// Where templates are deployed: a group, or the subscription itself, which has no group in its paths.

/** A group of a subscription; without one, the subscription. */
export interface Target {
  subscription: string
  group: string | undefined
}

/** A deployment by its name there. */
export interface Place extends Target {
  name: string
}

/** What stands in the address for the subscription; no group is called so. */
export const WHOLE = '/'

export const ALL =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Resources/deployments' as const
export const ONE = `${ALL}/{name}` as const

/** The parameters of a call to one of these paths: a subscription's are those of a group, without the group. */
export function at<T extends Target>(target: T) {
  return { params: { path: { ...target, group: target.group ?? '' } }, pathSerializer: written }
}

/** Writes a path; `/resourceGroups/{group}` goes where there is none. */
export function written(path: string, params: Record<string, unknown>): string {
  const plain = params.group ? path : path.replace('/resourceGroups/{group}', '')
  return plain.replace(/\{([^{}]+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
}

/** The scope whose rights count. */
export function scopeOf({ subscription, group }: Target): string {
  return group ? `/subscriptions/${subscription}/resourceGroups/${group}` : `/subscriptions/${subscription}`
}

/** What people call it. */
export function nameOf({ group }: Target): string {
  return group ? `group ${group}` : 'subscription'
}
