import type { Series } from './Chart'
import { DataTable } from './DataTable'
import { Time } from './Time'

interface Props {
  label: string
  times: readonly number[]
  series: readonly Series[]
  format: (value: number) => string
  formatTime?: ((second: number) => string) | undefined
}

/** What a chart shows, as numbers. */
export function ChartTable({ label, times, series, format, formatTime }: Props) {
  const rows = times.map((second, index) => ({ second, index }))
  return (
    <DataTable
      label={`points of ${label}`}
      rows={rows}
      keyOf={row => String(row.second)}
      columns={[
        {
          id: 'time',
          title: 'Time',
          show: row => (formatTime ? formatTime(row.second) : <Time at={new Date(row.second * 1000).toISOString()} />),
          sortBy: row => row.second,
        },
        ...series.map(one => ({
          id: one.label,
          title: one.label,
          kind: 'number' as const,
          show: (row: { index: number }) => {
            const value = one.values[row.index]
            return value === null || value === undefined ? '–' : format(value)
          },
          sortBy: (row: { index: number }) => one.values[row.index] ?? undefined,
        })),
      ]}
    />
  )
}
