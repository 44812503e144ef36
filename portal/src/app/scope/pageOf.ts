// Which page of the portal is about a resource.

import { withNames } from './scope'

const PROJECT =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)(?:\/([^/]+)\/([^/]+))?$/i
const DEPLOYMENT =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Resources\/deployments\/([^/]+)$/i

/** The path of its page, with the project that it is in; `undefined` where there is none. Of a project it is that of its endpoints. */
export function pageOf(id: string): string | undefined {
  const [, subscription = '', group = '', workspace = '', kind, name] = PROJECT.exec(id) ?? []
  if (workspace) {
    const path = pathOf(kind?.toLowerCase(), encodeURIComponent(name ?? ''))
    return path && `${path}?${withNames(new URLSearchParams(), { subscription, group, workspace })}`
  }
  const [, ofSubscription, into, deployment] = DEPLOYMENT.exec(id) ?? []
  if (!ofSubscription || !into || !deployment) return undefined
  const search = new URLSearchParams({ into, subscription: ofSubscription })
  return `/templates/history/${encodeURIComponent(deployment)}?${search}`
}

function pathOf(kind: string | undefined, name: string): string | undefined {
  if (kind === undefined) return '/endpoints'
  if (kind === 'serverlessendpoints') return `/endpoints/${name}`
  if (kind === 'marketplacesubscriptions') return `/subscriptions/${name}`
  if (kind === 'connections') return '/connections'
  return undefined
}
