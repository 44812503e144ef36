import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useMemo } from 'react'
import { type Column, DataTable } from '../../components/DataTable'
import { Money } from '../../components/Money'
import { PageLink } from '../../components/PageLink'
import { nameOf, timeName } from './names'
import { change, type Group } from './numbers'
import { BYS, type View } from './question'
import type { useUsage } from './useUsage'

const useStyles = makeStyles({
  detail: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  title: { margin: 0, marginBlockEnd: '8px' },
})

const whole = new Intl.NumberFormat()
const percent = new Intl.NumberFormat(undefined, {
  style: 'percent',
  signDisplay: 'exceptZero',
  maximumFractionDigits: 0,
})

type Shown = Group & { past: Group | undefined }

/** The numbers of the plot, and those of the period before. */
export function GroupTable({ view, usage }: { view: View; usage: ReturnType<typeof useUsage> }) {
  const styles = useStyles()
  const { table, pastTable, step } = usage
  const isTime = view.by === 'day' || view.by === 'hour'
  const rows = useMemo<Shown[]>(() => {
    const past = new Map(pastTable.map(group => [group.key, group]))
    return table.map(group => ({ ...group, past: past.get(group.key) }))
  }, [table, pastTable])

  const columns = useMemo(() => {
    const number = (id: string, title: string, read: (row: Shown) => number): Column<Shown> => ({
      id,
      title,
      kind: 'number',
      show: row => whole.format(read(row)),
      sortBy: read,
      narrow: 'hidden',
    })
    const what: Column<Shown> = {
      id: 'what',
      title: isTime ? BYS[step] : BYS[view.by],
      show: row => <What row={row} view={view} step={step} />,
      sortBy: row => row.time ?? nameOf(view.by, row.values).name,
    }
    const cost: Column<Shown> = {
      id: 'cost',
      title: 'Cost',
      kind: 'number',
      show: row => <Money amount={row.cost} currency={row.currency} />,
      sortBy: row => row.cost,
    }
    const comparison: Column<Shown>[] = [
      {
        id: 'past',
        title: 'Cost before',
        kind: 'number',
        show: row => <Money amount={row.past?.cost ?? 0} currency={row.currency} />,
        sortBy: row => row.past?.cost ?? 0,
        narrow: 'hidden',
      },
      {
        id: 'change',
        title: 'Change',
        kind: 'number',
        show: row => {
          const ratio = change(row.cost, row.past?.cost ?? 0)
          return ratio === undefined ? '–' : percent.format(ratio)
        },
        sortBy: row => change(row.cost, row.past?.cost ?? 0),
        narrow: 'hidden',
      },
    ]
    const amounts =
      view.by === 'meter'
        ? [{ ...number('quantity', 'Quantity', row => row.quantity), narrow: 'shown' as const }]
        : [
            { ...number('tokens', 'Tokens', row => row.tokens), narrow: 'shown' as const },
            number('prompt', 'Prompt', row => row.prompt),
            number('cached', 'Cached', row => row.cached),
            number('completion', 'Completion', row => row.completion),
            number('requests', 'Requests charged', row => row.requests),
          ]
    return [what, cost, ...amounts, ...(isTime ? [] : comparison)]
  }, [view, step, isTime])

  return (
    <section aria-label="Numbers">
      <Text as="h2" weight="semibold" size={400} block className={styles.title}>
        By {isTime ? step : BYS[view.by].toLowerCase()}
      </Text>
      <DataTable
        key={view.by}
        label="groups"
        rows={rows}
        columns={columns}
        keyOf={row => row.key}
        wordsOf={row => wordsOf(row, view)}
        sortBy={isTime ? { column: 'what', descending: true } : { column: 'cost', descending: true }}
      />
    </section>
  )
}

function wordsOf(row: Shown, view: View): string {
  if (row.time !== undefined) return timeName(row.time, view.by === 'hour' ? 'hour' : 'day')
  const { name, detail } = nameOf(view.by, row.values)
  return `${name} ${detail ?? ''}`
}

function What({ row, view, step }: { row: Shown; view: View; step: 'day' | 'hour' }) {
  const styles = useStyles()
  if (row.time !== undefined) return <span>{timeName(row.time, step)}</span>
  const { name, detail, to } = nameOf(view.by, row.values)
  return (
    <span>
      {to ? <PageLink to={to}>{name}</PageLink> : <Text weight="semibold">{name}</Text>}
      {detail && (
        <Text size={200} block className={styles.detail}>
          {detail}
        </Text>
      )}
    </span>
  )
}
