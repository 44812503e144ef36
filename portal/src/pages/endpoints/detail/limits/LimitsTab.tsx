import { makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { metricsOf } from '../../../../api/metrics'
import { asProblem } from '../../../../api/problem'
import { Card } from '../../../../components/Card'
import { PageLink } from '../../../../components/PageLink'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { useNow } from '../../../../components/useNow'
import { count } from '../../numbers'
import { keyOf, type PartProps } from '../place'
import { LimitsForm } from './LimitsForm'
import { type Holder, type Rate, ratesOf, type Used, usedOf } from './rates'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: '16px',
    alignItems: 'start',
    '@media (max-width: 1099px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  holder: { display: 'flex', flexDirection: 'column', rowGap: '10px' },
  name: { fontWeight: tokens.fontWeightSemibold },
  line: { display: 'flex', justifyContent: 'space-between', columnGap: '12px', flexWrap: 'wrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
  number: { fontVariantNumeric: 'tabular-nums' },
})

const NAMES: Record<Holder, string> = { endpoint: 'Endpoint', primary: 'Primary key', secondary: 'Secondary key' }
const MINUTE_MS = 60_000
const AGAIN_MS = 5000

/** What the endpoint and its keys may spend in a minute, what is left of this one, and a form that changes it. */
export function LimitsTab({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const now = useNow(1000)
  const minute = Math.floor(now / MINUTE_MS)
  const resetS = Math.ceil(((minute + 1) * MINUTE_MS - now) / 1000)
  const taken = useQuery({
    queryKey: keyOf(place, 'taken', minute),
    queryFn: ({ signal }) => {
      const question = {
        names: ['TotalTokens'],
        from: new Date(minute * MINUTE_MS),
        to: new Date((minute + 1) * MINUTE_MS),
        interval: 'PT1M',
        aggregation: 'total,count',
        filter: "Key eq '*'",
        top: 1000,
      }
      return metricsOf(endpoint.id, question, signal)
    },
    refetchInterval: AGAIN_MS,
    gcTime: MINUTE_MS,
    placeholderData: undefined,
  })
  const rates = ratesOf(endpoint.properties.rateLimits)
  const used = usedOf(taken.data)
  return (
    <div className={styles.root}>
      <Card
        title="This minute"
        text={`Limits hold for whole minutes of the clock; this one ends in ${Math.max(resetS, 0)} s. What is over them is refused with 429 and told when to come back.`}
      >
        {(['endpoint', 'primary', 'secondary'] as const).map(holder => (
          <div key={holder} className={styles.holder}>
            <Text className={styles.name}>{NAMES[holder]}</Text>
            <Meter what="Tokens" rate={rates[holder]} used={used?.[holder]} />
            <Meter what="Requests" rate={rates[holder]} used={used?.[holder]} />
          </div>
        ))}
        {taken.error && <ProblemMessage problem={asProblem(taken.error)} title="What is used is not known" />}
        <Text size={200} className={styles.quiet}>
          Counted are requests that have ended. Those on their way hold an estimate more; each answer says in its
          x-ratelimit headers what is left. Refusals over time are among the{' '}
          <PageLink to={`/endpoints/${endpoint.name}?tab=metrics`}>metrics</PageLink>.
        </Text>
      </Card>
      <LimitsForm key={JSON.stringify(endpoint.properties.rateLimits ?? null)} endpoint={endpoint} place={place} />
    </div>
  )
}

function Meter({ what, rate, used }: { what: 'Tokens' | 'Requests'; rate: Rate; used: Used | undefined }) {
  const styles = useStyles()
  const limit = what === 'Tokens' ? rate.tokensPerMinute : rate.requestsPerMinute
  const taken = what === 'Tokens' ? used?.tokens : used?.requests
  const shown = taken === undefined ? '–' : count(taken)
  if (limit === undefined) {
    return (
      <div className={styles.line}>
        <Text>{what}</Text>
        <Text className={styles.number}>{shown} used, no limit of its own</Text>
      </div>
    )
  }
  const part = Math.min(1, (taken ?? 0) / limit)
  const left = taken === undefined ? '–' : count(Math.max(0, limit - taken))
  return (
    <div>
      <div className={styles.line}>
        <Text>{what}</Text>
        <Text className={styles.number}>
          {left} of {count(limit)} left
        </Text>
      </div>
      <ProgressBar
        value={part}
        thickness="large"
        color={part >= 1 ? 'error' : part >= 0.8 ? 'warning' : 'brand'}
        aria-label={`${what} used in this minute`}
      />
    </div>
  )
}
