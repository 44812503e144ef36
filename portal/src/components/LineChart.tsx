import { lazy, Suspense } from 'react'
import type { ChartProps } from './Chart'
import { LoadingRows } from './LoadingRows'

export type { ChartProps, Series } from './Chart'

// The plot and its library are loaded by the pages that show one.
const Chart = lazy(() => import('./Chart'))

/** Lines over time: zoomed by dragging, and read as a table by whoever does not see them. */
export function LineChart(props: ChartProps) {
  return (
    <Suspense fallback={<LoadingRows rows={3} what="the chart" />}>
      <Chart {...props} />
    </Suspense>
  )
}
