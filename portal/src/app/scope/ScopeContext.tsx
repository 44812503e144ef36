import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo } from 'react'
import { type ApiProblem, asProblem } from '../../api/problem'
import { askAgain } from '../../api/queryClient'
import { useSearch } from '../useSearch'
import { type Subscription, useSubscriptions, useWorkspaces, type Workspace } from './places'
import { namesIn, namesOfId, remember, remembered, type ScopeNames, sameNames, withNames } from './scope'

export interface Scope {
  /** What the address says; `undefined` until anything is known, or where the person sees no subscription at all. */
  names: ScopeNames | undefined
  subscription: Subscription | undefined
  workspace: Workspace | undefined
  subscriptions: readonly Subscription[]
  workspaces: readonly Workspace[]
  isLoading: boolean
  problem: ApiProblem | undefined
  choose: (names: ScopeNames) => void
  retry: () => void
}

const Context = createContext<Scope | undefined>(undefined)

/** Where the page works. */
export function useScope(): Scope {
  const scope = useContext(Context)
  if (!scope) throw new Error('useScope is used outside of ScopeProvider')
  return scope
}

/** The project that is chosen, as the paths of the API name it. Only in pages whose entry says `scope: 'workspace'`. */
export function useWorkspace() {
  const { names, workspace } = useScope()
  if (!names?.group || !names.workspace) throw new Error('this page needs a project: its entry says scope: "workspace"')
  const path = { subscription: names.subscription, group: names.group, workspace: names.workspace }
  return { path, region: workspace?.location, workspace }
}

/** The subscription that is chosen. Only in pages whose entry says `scope: 'subscription'` or `'workspace'`. */
export function useSubscription() {
  const { names, subscription } = useScope()
  if (!names) throw new Error('this page needs a subscription: its entry says scope: "subscription"')
  return { path: { subscription: names.subscription }, subscription }
}

function same(one: string | undefined, other: string | undefined) {
  return one?.toLowerCase() === other?.toLowerCase()
}

export function ScopeProvider({ children }: { children: ReactNode }) {
  const [search, setSearch] = useSearch()
  const asked = namesIn(search)
  const known = asked ?? remembered()
  const subscriptions = useSubscriptions()
  const subscription =
    subscriptions.data?.find(one => same(one.subscriptionId, known?.subscription)) ??
    (asked ? undefined : subscriptions.data?.[0])
  const workspaces = useWorkspaces(subscription?.subscriptionId)

  const names = useMemo<ScopeNames | undefined>(() => {
    if (asked?.workspace) return asked
    if (!subscription) return asked
    const start: ScopeNames = { subscription: subscription.subscriptionId }
    if (!workspaces.data) return undefined
    const last = remembered()
    const mine = workspaces.data.find(one => {
      const ids = namesOfId(one.id)
      return (
        same(last?.subscription, start.subscription) && same(ids.group, last?.group) && same(one.name, last?.workspace)
      )
    })
    // A project serves models; a hub has projects.
    const first = mine ?? workspaces.data.find(one => one.kind?.toLowerCase() !== 'hub') ?? workspaces.data[0]
    const group = first ? namesOfId(first.id).group : undefined
    return first && group ? { ...start, group, workspace: first.name } : start
  }, [asked, subscription, workspaces.data])

  // The address always says where the page works, so that it can be sent to somebody.
  useEffect(() => {
    // A page that leads on in the same moment comes first; its address is completed when it is there.
    if (names && !sameNames(names, asked)) setSearch(old => withNames(old, names), { replace: true })
    if (names) remember(names)
  }, [names, asked, setSearch])

  const choose = useCallback((next: ScopeNames) => setSearch(old => withNames(old, next)), [setSearch])

  const error = subscriptions.error ?? workspaces.error
  const scope: Scope = {
    names,
    subscription,
    workspace: workspaces.data?.find(
      one => same(one.name, names?.workspace) && same(namesOfId(one.id).group, names?.group),
    ),
    subscriptions: subscriptions.data ?? [],
    workspaces: workspaces.data ?? [],
    isLoading: subscriptions.isPending || (subscription !== undefined && workspaces.isPending),
    problem: error ? asProblem(error) : undefined,
    choose,
    retry: () => {
      void askAgain(['subscriptions'])
      void askAgain(['workspaces'])
    },
  }
  return <Context value={scope}>{children}</Context>
}
