// Who may ask what, as far as it is known before anything is sent.

import { mayDo, type Permission } from '../../../api/roles'
import type { Target, Way } from './targets'

const ENDPOINTS = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints'

/** What each way into an endpoint takes. */
const ACTIONS: Record<Way, string> = { key: `${ENDPOINTS}/listKeys/action`, token: `${ENDPOINTS}/score/action` }

/** The action that the person lacks to ask an endpoint; nothing where one of its ways is open to them. Of accounts, where actions on
 * data count as well, the server says it. */
export function lackedFor(target: Target, held: readonly Permission[]): string | undefined {
  if (target.kind !== 'endpoint') return undefined
  const lacked = target.ways.map(way => ACTIONS[way]).filter(action => !mayDo(held, action))
  return lacked.length === target.ways.length ? lacked[0] : undefined
}
