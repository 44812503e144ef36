import { Dropdown, makeStyles, Option, Switch, Text, tokens } from '@fluentui/react-components'
import { useMemo, useState } from 'react'
import { useSearch } from '../../../../app/useSearch'
import { Card } from '../../../../components/Card'
import { LineChart } from '../../../../components/LineChart'
import { LoadingRows } from '../../../../components/LoadingRows'
import { money } from '../../../../components/Money'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { Time } from '../../../../components/Time'
import { compact, count, milliseconds } from '../../numbers'
import type { PartProps } from '../place'
import { costs, counts, isEmpty, type Lines, outcomes, percentiles, statusesOf } from './series'
import { TileRow } from './Tile'
import { tileNumbers } from './tileNumbers'
import { type MetricData, PERIODS, periodOf, useMetrics } from './useMetrics'

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: '16px' },
  tools: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px', alignItems: 'center' },
  period: { minWidth: '160px' },
  quiet: { color: tokens.colorNeutralForeground2 },
  charts: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: '16px',
    '@media (max-width: 1099px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
})

const HEIGHT = 200
const TOKENS = { PromptTokens: 'Prompt', CachedPromptTokens: 'of it cached', CompletionTokens: 'Completion' }
const dollars = (value: number) => money(value)

/** What the endpoint did over time, while it does it. */
export function MetricsTab({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const [search, setSearch] = useSearch()
  const [live, setLive] = useState(true)
  const period = periodOf(search.get('period'))
  const { data, problem, again } = useMetrics({ endpoint, place }, period, live)

  function choose(id: string | undefined) {
    if (!id) return
    setSearch(
      old => {
        const next = new URLSearchParams(old)
        next.set('period', id)
        return next
      },
      { replace: true },
    )
  }

  return (
    <div className={styles.root}>
      <div className={styles.tools}>
        <Dropdown
          className={styles.period}
          aria-label="Period"
          value={period.title}
          selectedOptions={[period.id]}
          onOptionSelect={(_, choice) => choose(choice.optionValue)}
        >
          {PERIODS.map(one => (
            <Option key={one.id} value={one.id}>
              {one.title}
            </Option>
          ))}
        </Dropdown>
        <Switch label="Live" checked={live} onChange={(_, choice) => setLive(choice.checked)} />
        {data && (
          <Text className={styles.quiet}>
            As of <Time at={new Date(data.askedAt).toISOString()} />
            {live ? `, asked again every ${period.againMs / 1000} s` : ''}
          </Text>
        )}
      </div>
      {problem && <ProblemMessage problem={problem} title="The metrics are not shown" onRetry={again} />}
      {data ? (
        <Charts data={data} words={period.words} />
      ) : (
        !problem && <LoadingRows rows={8} what="the metrics" onRetry={again} />
      )}
    </div>
  )
}

function Charts({ data, words }: { data: MetricData; words: string }) {
  const styles = useStyles()
  const drawn = useMemo(() => {
    const requests = counts(data.counted, { Requests: 'Requests' })
    return {
      outcomes: outcomes(data.statuses, requests.times),
      tokens: counts(data.counted, TOKENS),
      latency: percentiles(data.measured, 'Latency'),
      first: percentiles(data.measured, 'TimeToFirstToken'),
      costs: costs(data.counted),
      statuses: statusesOf(data.statuses),
      numbers: tileNumbers(data.counted, data.whole),
    }
  }, [data])
  const refused = drawn.statuses.filter(one => Number(one.status) >= 400 && one.requests > 0)
  return (
    <>
      <TileRow label={`Numbers ${words}`} numbers={drawn.numbers} />
      {isEmpty(data.counted) ? (
        <Card title={`Nobody asked this endpoint ${words}`}>
          <Text className={styles.quiet}>
            Requests are drawn here within seconds. The tab Code has one to begin with.
          </Text>
        </Card>
      ) : (
        <div className={styles.charts}>
          <ChartCard title="Requests" lines={drawn.outcomes} format={count} isWhole />
          <ChartCard title="Tokens" lines={drawn.tokens} format={compact} isWhole />
          <ChartCard title="Latency" lines={drawn.latency} format={milliseconds} />
          <ChartCard
            title="Time to first token"
            text="Of answers that were streamed."
            lines={drawn.first}
            format={milliseconds}
          />
          <ChartCard title="Cost" lines={drawn.costs} format={dollars} />
          <Card title="Refusals and failures" text="By status; the tab Requests has what was charged.">
            {refused.length === 0 ? (
              <Text className={styles.quiet}>None {words}.</Text>
            ) : (
              <ul style={{ margin: 0, paddingInlineStart: 20 }}>
                {refused.map(one => (
                  <li key={one.status}>
                    {one.status} {meaningOf(one.status)}: {count(one.requests)}
                  </li>
                ))}
              </ul>
            )}
          </Card>
        </div>
      )}
    </>
  )
}

const MEANINGS: Record<string, string> = {
  400: 'wrong request, or content filter',
  401: 'wrong key or token',
  403: 'not allowed',
  404: 'no such route',
  413: 'too large',
  422: 'not supported by the model',
  424: 'backend refused',
  429: 'over a limit',
  499: 'client left before there was an answer',
  502: 'backend failed',
  503: 'no backend, or busy',
  504: 'backend was silent',
}

function meaningOf(status: string): string {
  const meaning = MEANINGS[status]
  return meaning ? `(${meaning})` : ''
}

interface ChartCardProps {
  title: string
  text?: string
  lines: Lines
  format: (value: number) => string
  isWhole?: boolean
}

function ChartCard({ title, text, lines, format, isWhole = false }: ChartCardProps) {
  const styles = useStyles()
  const isMeasured = lines.series.some(one => one.values.some(value => value !== null))
  return (
    <Card title={title} text={text}>
      {isMeasured ? (
        <LineChart
          label={title}
          times={lines.times}
          series={lines.series}
          format={format}
          height={HEIGHT}
          isWhole={isWhole}
        />
      ) : (
        <Text className={styles.quiet}>Nothing was measured in this time.</Text>
      )}
    </Card>
  )
}
