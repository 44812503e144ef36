import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { askAgain } from '../../api/queryClient'
import { askCosts } from './costs'
import { groups, lines, type Row, timesOf, totals } from './numbers'
import {
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
import { useBill } from './useBill'

function useCosts(scope: string, body: CostQuery, enabled: boolean) {
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
  const { at, scope, isOpen, problem } = useBill(view.at)
  const span = useMemo(() => spanOf(view, nowMs), [view, nowMs])
  const step = stepOf(view, span)
  const isTime = view.by === 'day' || view.by === 'hour'
  const dimensions = DIMENSIONS[view.by]
  const { filters } = view

  const wanted = { dimensions: [...dimensions, 'Meter'], filters }
  const now = useCosts(scope, costQuery({ ...wanted, span, ...(isTime ? { step } : {}) }), isOpen)
  const past = useCosts(scope, costQuery({ ...wanted, span: before(span) }), isOpen)
  const sums = useMemo(() => totals(now.data ?? NONE), [now.data])
  const measure: Measure = view.show ?? usual(sums)
  const meters = metersOf(measure)
  const overTime = useCosts(
    scope,
    costQuery({ span, step, dimensions, filters, meters }),
    isOpen && now.data !== undefined && !now.isPlaceholderData,
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
    at,
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
    error: problem ?? now.error ?? overTime.error ?? past.error,
    isPending: now.isPending,
    isChanging: now.isPlaceholderData || overTime.isPlaceholderData,
    isEmpty: now.data?.length === 0,
    retry: () =>
      void (problem ? askAgain(['permissions']) : Promise.all([now.refetch(), past.refetch(), overTime.refetch()])),
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
  const { scope, isOpen, problem } = useBill(view.at)
  const span = useMemo(() => spanOf(view, nowMs), [view, nowMs])
  const dimension = FILTERED[name]
  const answer = useCosts(scope, costQuery({ span, dimensions: [dimension] }), enabled && isOpen)
  const found = useMemo(() => {
    const values = new Set((answer.data ?? NONE).map(row => row.values[dimension] ?? ''))
    values.delete('')
    return [...values].sort((one, other) => one.localeCompare(other))
  }, [answer.data, dimension])
  return { values: found, error: problem ?? answer.error, isPending: enabled && answer.isPending }
}
