import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useScope, useSubscription } from '../../app/scope/ScopeContext'
import { askCosts } from './costs'
import { groups, lines, type Row, timesOf, totals } from './numbers'
import {
  type At,
  before,
  type CostQuery,
  costQuery,
  DIMENSIONS,
  FILTERED,
  type Measure,
  metersOf,
  spanOf,
  stepOf,
  type View,
} from './question'

/** The resource id at which the bill is asked. */
export function useBillScope(at: At): string {
  const { path } = useSubscription()
  const { names } = useScope()
  const subscription = `/subscriptions/${encodeURIComponent(path.subscription)}`
  if (at === 'subscription' || !names?.group) return subscription
  const group = `${subscription}/resourceGroups/${encodeURIComponent(names.group)}`
  if (at === 'group' || !names.workspace) return group
  return `${group}/providers/Microsoft.MachineLearningServices/workspaces/${encodeURIComponent(names.workspace)}`
}

function useCosts(scope: string, body: CostQuery, enabled = true) {
  return useQuery({
    queryKey: ['costs', scope, body],
    queryFn: ({ signal }) => askCosts(scope, body, signal),
    placeholderData: keepPreviousData,
    enabled,
  })
}

const NONE: readonly Row[] = []

/** Everything that the page shows of a view, as of a moment. */
export function useUsage(view: View, nowMs: number) {
  const scope = useBillScope(view.at)
  const span = useMemo(() => spanOf(view, nowMs), [view, nowMs])
  const step = stepOf(view, span)
  const isTime = view.by === 'day' || view.by === 'hour'
  const dimensions = DIMENSIONS[view.by]
  const { filters } = view

  const wanted = { dimensions: [...dimensions, 'Meter'], filters }
  const now = useCosts(scope, costQuery({ ...wanted, span, ...(isTime ? { step } : {}) }))
  const past = useCosts(scope, costQuery({ ...wanted, span: before(span) }))
  const sums = useMemo(() => totals(now.data ?? NONE), [now.data])
  const measure: Measure = view.show ?? usual(sums)
  const meters = metersOf(measure)
  const overTime = useCosts(
    scope,
    costQuery({ span, step, dimensions, filters, meters }),
    now.data !== undefined && !now.isPlaceholderData,
  )

  const times = useMemo(() => timesOf(span, step), [span, step])
  const table = useMemo(() => groups(now.data ?? NONE, dimensions), [now.data, dimensions])
  const pastTable = useMemo(() => groups(past.data ?? NONE, dimensions), [past.data, dimensions])
  const plotted = useMemo(
    () => overTime.data && lines(overTime.data, dimensions, times, measure),
    [overTime.data, dimensions, times, measure],
  )
  const pastSums = useMemo(() => (past.data ? totals(past.data) : undefined), [past.data])
  return {
    scope,
    span,
    step,
    measure,
    times,
    table,
    pastTable,
    sums,
    pastSums,
    lines: plotted,
    error: now.error ?? overTime.error ?? past.error,
    isPending: now.isPending,
    isChanging: now.isPlaceholderData || overTime.isPlaceholderData,
    isEmpty: now.data?.length === 0,
    retry: () => void Promise.all([now.refetch(), past.refetch(), overTime.refetch()]),
    csv: costQuery({ span, step, dimensions: [...dimensions, 'Meter'], filters }),
  }
}

// A model without a price costs nothing, and a plot of nothing says nothing.
function usual(sums: readonly { cost: number; tokens: number }[]): Measure {
  const costs = sums.some(sum => sum.cost > 0)
  return costs || sums.every(sum => sum.tokens === 0) ? 'cost' : 'tokens'
}

/** What can be chosen in a filter: what was used in the period, whatever else is chosen. */
export function useChoices(view: View, nowMs: number, name: keyof typeof FILTERED, enabled: boolean) {
  const scope = useBillScope(view.at)
  const span = useMemo(() => spanOf(view, nowMs), [view, nowMs])
  const dimension = FILTERED[name]
  const answer = useCosts(scope, costQuery({ span, dimensions: [dimension] }), enabled)
  const found = useMemo(() => {
    const values = new Set((answer.data ?? NONE).map(row => row.values[dimension] ?? ''))
    values.delete('')
    return [...values].sort((one, other) => one.localeCompare(other))
  }, [answer.data, dimension])
  return { values: found, error: answer.error, isPending: enabled && answer.isPending }
}
