import { type ApiProblem, withheld } from '../../api/problem'
import { mayDo } from '../../api/roles'
import { usePermissions } from '../../api/useRights'
import { useScope, useSubscription } from '../../app/scope/ScopeContext'
import { type At, atOf } from './question'

const ACTION = 'Microsoft.CostManagement/query/read'

/** The resource ids whose bill can be asked, the widest first. */
function useIds(): ReadonlyMap<At, string> {
  const { path } = useSubscription()
  const { names } = useScope()
  const subscription = `/subscriptions/${path.subscription}`
  const ids = new Map<At, string>([['subscription', subscription]])
  if (!names?.group) return ids
  const group = `${subscription}/resourceGroups/${names.group}`
  ids.set('group', group)
  if (!names.workspace) return ids
  return ids.set('project', `${group}/providers/Microsoft.MachineLearningServices/workspaces/${names.workspace}`)
}

/** May the person read the bill there? `undefined` while it is not known; where that cannot be learned the server decides. */
function useMayRead(id: string | undefined, isAsked: boolean): boolean | undefined {
  const held = usePermissions(id ?? '', isAsked && id !== undefined)
  if (held.error) return true
  return held.data && mayDo(held.data, ACTION)
}

export interface Bill {
  at: At
  /** The resource id, as it is written in an address. */
  scope: string
  /** Is it known that the bill can be asked there? Nothing is asked in the person's name that will be refused. */
  isOpen: boolean
  problem: ApiProblem | undefined
}

/** Where the bill is asked: where the person chose to, else the widest place whose bill they may read. */
export function useBill(wanted: At | undefined): Bill {
  const ids = useIds()
  const chosen = wanted && ids.has(wanted) ? wanted : undefined
  const isAsked = (at: At, wider: boolean) => (chosen ? chosen === at : wider)
  const inAll = useMayRead(ids.get('subscription'), isAsked('subscription', true))
  const inGroup = useMayRead(ids.get('group'), isAsked('group', inAll === false))
  const inProject = useMayRead(ids.get('project'), isAsked('project', inAll === false && inGroup === false))
  const may = { subscription: inAll, group: inGroup, project: inProject }
  const at = chosen ?? atOf([...ids.keys()], may)
  const id = ids.get(at) ?? ''
  return {
    at,
    scope: id.split('/').map(encodeURIComponent).join('/'),
    isOpen: may[at] === true,
    problem: may[at] === false ? withheld(ACTION, id) : undefined,
  }
}
