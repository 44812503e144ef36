import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { money } from '../../components/Money'
import { change, type Sum } from './numbers'
import type { Span } from './question'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(210px, 1fr))',
    gap: '12px',
    margin: 0,
    // On a telephone the cost has a line of its own, so that no amount is broken.
    '@media (max-width: 767px)': {
      gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
      '& > :first-child': { gridColumn: '1 / -1' },
    },
  },
  card: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '2px',
    padding: '14px 16px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    minWidth: 0,
  },
  title: {
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
  },
  // At the end, where those of cards with a longer title are.
  number: { margin: 0, marginBlockStart: 'auto', fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' },
  past: { color: tokens.colorNeutralForeground3, fontVariantNumeric: 'tabular-nums', minHeight: '16px' },
})

const whole = new Intl.NumberFormat()
const percent = new Intl.NumberFormat(undefined, {
  style: 'percent',
  signDisplay: 'exceptZero',
  maximumFractionDigits: 0,
})

type Total = Sum & { currency: string }

interface Props {
  sums: readonly Total[]
  past: readonly Total[] | undefined
  span: Span
}

/** What it comes to, and what it came to in the period before. */
export function Totals({ sums, past, span }: Props) {
  const styles = useStyles()
  const count = (all: readonly Total[], read: (sum: Total) => number) => all.reduce((sum, one) => sum + read(one), 0)
  const of = (read: (sum: Total) => number) => [count(sums, read), past && count(past, read)] as const
  const when = span.days === 1 ? 'the day before, until this hour' : `the ${span.days} days before`
  return (
    <dl className={styles.root} aria-label="Totals">
      {sums.map(sum => (
        <Card
          key={sum.currency}
          title={sums.length > 1 ? `Cost in ${sum.currency}` : 'Cost'}
          now={sum.cost}
          past={past && (past.find(one => one.currency === sum.currency)?.cost ?? 0)}
          show={value => money(value, sum.currency)}
          when={when}
        />
      ))}
      <Card title="Tokens" {...named(of(sum => sum.tokens))} show={whole.format} when={when} />
      <Card
        title="Prompt tokens, cached included"
        {...named(of(sum => sum.prompt + sum.cached))}
        show={whole.format}
        when={when}
      />
      <Card title="Completion tokens" {...named(of(sum => sum.completion))} show={whole.format} when={when} />
      <Card title="Requests charged" {...named(of(sum => sum.requests))} show={whole.format} when={when} />
    </dl>
  )
}

const named = ([now, past]: readonly [number, number | undefined]) => ({ now, past })

interface CardProps {
  title: string
  now: number
  past: number | undefined
  show: (value: number) => string
  when: string
}

function Card({ title, now, past, show, when }: CardProps) {
  const styles = useStyles()
  const ratio = past === undefined ? undefined : change(now, past)
  return (
    <div className={styles.card}>
      <dt className={styles.title}>{title}</dt>
      <dd className={styles.number}>
        <Text size={600} weight="semibold">
          {show(now)}
        </Text>
        <Text block size={200} className={styles.past}>
          {past === undefined
            ? ''
            : ratio === undefined
              ? `Nothing in ${when}`
              : `${percent.format(ratio)}: ${show(past)} in ${when}`}
        </Text>
      </dd>
    </div>
  )
}
