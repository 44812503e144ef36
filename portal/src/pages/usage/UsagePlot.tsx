import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useCallback, useMemo } from 'react'
import { LineChart } from '../../components/LineChart'
import { LoadingRows } from '../../components/LoadingRows'
import { money } from '../../components/Money'
import { nameOf, timeName } from './names'
import { BYS, type View } from './question'
import type { useUsage } from './useUsage'

const useStyles = makeStyles({
  frame: {
    padding: '14px 16px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    minWidth: 0,
  },
  head: { display: 'flex', flexWrap: 'wrap', gap: '2px 12px', alignItems: 'baseline', marginBlockEnd: '8px' },
  title: { margin: 0 },
  hint: { color: tokens.colorNeutralForeground3, '@media (max-width: 767px)': { display: 'none' } },
})

const WORDS = { cost: 'Cost', tokens: 'Tokens', requests: 'Requests charged' } as const
const compact = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 })

/** What was used over time, told apart as the table is. */
export function UsagePlot({ view, usage }: { view: View; usage: ReturnType<typeof useUsage> }) {
  const styles = useStyles()
  const { measure, step, lines, times } = usage
  const isTime = view.by === 'day' || view.by === 'hour'
  const currency = lines?.[0]?.currency ?? 'USD'
  const isMixed = lines?.some(line => line.currency !== currency) ?? false
  const format = useCallback(
    (value: number) => (measure === 'cost' && !isMixed ? money(value, currency) : compact.format(value)),
    [measure, isMixed, currency],
  )
  const formatTime = useCallback((second: number) => timeName(second, step), [step])
  const series = useMemo(
    () =>
      labelled(
        (lines ?? []).map(line => {
          const { name, detail } = line.values
            ? nameOf(view.by, line.values)
            : { name: 'All others', detail: undefined }
          return {
            name: isMixed ? `${name} (${line.currency})` : name,
            detail,
            values: line.points,
          }
        }),
      ),
    [lines, view.by, isMixed],
  )
  const title = `${WORDS[measure]} by ${step}${isTime ? '' : ` and ${BYS[view.by].toLowerCase()}`}`
  return (
    <section className={styles.frame} aria-label={title}>
      <div className={styles.head}>
        <Text as="h2" weight="semibold" size={400} className={styles.title}>
          {title}
        </Text>
        <Text size={200} className={styles.hint}>
          Drag across the plot to zoom, double-click to see all of it.
        </Text>
      </div>
      {lines === undefined ? (
        <LoadingRows what="the plot" />
      ) : (
        <LineChart
          kind="stacked"
          label={title}
          times={times}
          series={series}
          format={format}
          formatTime={formatTime}
          height={260}
        />
      )}
    </section>
  )
}

interface Named {
  name: string
  detail: string | undefined
  values: readonly number[]
}

// Two of the same name are told apart by what is around them.
function labelled(all: readonly Named[]) {
  const seen = new Map<string, number>()
  for (const one of all) seen.set(one.name, (seen.get(one.name) ?? 0) + 1)
  return all.map(({ name, detail, values }) => ({
    label: (seen.get(name) ?? 0) > 1 && detail ? `${name} (${detail})` : name,
    values,
  }))
}
