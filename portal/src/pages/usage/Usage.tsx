import { Button, makeStyles, Spinner } from '@fluentui/react-components'
import { ArrowClockwise20Regular, ArrowDownload20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { asProblem } from '../../api/problem'
import { Page } from '../../app/Page'
import { useScope } from '../../app/scope/ScopeContext'
import { useToasts } from '../../app/toasts'
import { download } from '../../components/download'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { askCsv } from './costs'
import { FilterBar } from './FilterBar'
import { GroupTable } from './GroupTable'
import { FILTER_NAMES, type Filters } from './question'
import { Totals } from './Totals'
import { UsagePlot } from './UsagePlot'
import { useUsage } from './useUsage'
import { useView } from './useView'
import { ViewBar } from './ViewBar'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '20px', minWidth: 0 },
  bars: { display: 'flex', flexDirection: 'column', rowGap: '12px' },
})

const NO_FILTERS: Filters = { project: [], endpoint: [], model: [], meter: [], key: [] }

/** What was used and what it costs, told apart by whatever is asked for. */
export function Usage() {
  const styles = useStyles()
  const say = useToasts()
  const { names, subscription } = useScope()
  const [view, change] = useView()
  const [nowMs, setNowMs] = useState(wholeMinute)
  const [exporting, setExporting] = useState(false)
  const usage = useUsage(view, nowMs)
  const problem = usage.error ? asProblem(usage.error) : undefined
  const place = { subscription: subscription?.displayName, group: names?.group, project: names?.workspace }[usage.at]
  const isFiltered = FILTER_NAMES.some(name => view.filters[name].length > 0)

  function again() {
    const next = wholeMinute()
    // What did not work is tried again as it was asked.
    if (next === nowMs || problem) usage.retry()
    else setNowMs(next)
  }

  async function save() {
    setExporting(true)
    try {
      const text = await askCsv(usage.scope, usage.csv)
      const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
      download(`usage-by-${view.by}-${day(usage.span.fromMs)}-${day(usage.span.toMs)}.csv`, 'text/csv', text)
    } catch (error) {
      say('error', 'The file was not made', asProblem(error).message)
    } finally {
      setExporting(false)
    }
  }

  return (
    <Page
      title="Usage and cost"
      subtitle={`What ${place ?? 'the subscription'} has used, and what it costs. Days are in UTC.`}
      actions={
        <>
          <Button
            icon={exporting ? <Spinner size="extra-tiny" aria-hidden="true" /> : <ArrowDownload20Regular />}
            disabled={exporting || usage.isPending || usage.isEmpty || problem !== undefined}
            onClick={() => void save()}
          >
            Export CSV
          </Button>
          <Button icon={<ArrowClockwise20Regular />} onClick={again}>
            Refresh
          </Button>
        </>
      }
    >
      <div className={styles.root}>
        <div className={styles.bars}>
          <ViewBar
            view={view}
            at={usage.at}
            span={usage.span}
            measure={usage.measure}
            step={usage.step}
            onChange={change}
          />
          <FilterBar view={view} nowMs={nowMs} onChange={filters => change({ filters })} />
        </div>
        {problem && <ProblemMessage problem={problem} onRetry={again} />}
        {problem?.status === 403 && usage.at !== 'project' && names?.workspace && (
          <div>
            <Button appearance="primary" onClick={() => change({ at: 'project' })}>
              Look at {names.workspace} alone
            </Button>
          </div>
        )}
        {problem ? null : usage.isPending ? (
          <LoadingRows what="the usage" onRetry={again} />
        ) : usage.isEmpty ? (
          <EmptyState
            title="Nothing was used in this period"
            text={
              isFiltered
                ? 'Nothing of what the filters let through. Take some of them away, or look at another period.'
                : 'Every request that is charged is here as soon as its answer has ended. Try a model, then come back.'
            }
            action={
              isFiltered ? (
                <Button appearance="primary" onClick={() => change({ filters: NO_FILTERS })}>
                  Clear the filters
                </Button>
              ) : (
                <LinkButton to="/playground" appearance="primary">
                  Try a model
                </LinkButton>
              )
            }
          />
        ) : (
          <div className={styles.root} aria-busy={usage.isChanging}>
            <Totals sums={usage.sums} past={usage.pastSums} span={usage.span} />
            <UsagePlot view={view} usage={usage} />
            <GroupTable view={view} usage={usage} />
          </div>
        )}
      </div>
    </Page>
  )
}

// All questions of a view are about the same period, and asking again within a minute is asking the same.
function wholeMinute(): number {
  return Math.ceil(Date.now() / 60_000) * 60_000 - 1000
}
