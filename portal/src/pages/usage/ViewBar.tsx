import { Field, Input, makeStyles, Select } from '@fluentui/react-components'
import { useScope } from '../../app/scope/ScopeContext'
import { DAY_MS } from '../../time'
import {
  type At,
  BYS,
  type By,
  DAYS_MAX,
  HOURS_DAYS_MAX,
  type Measure,
  PERIODS,
  type Period,
  type Span,
  type Step,
  type View,
} from './question'

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: '12px', alignItems: 'end' },
  field: {
    minWidth: '132px',
    '& select': { minWidth: 0, width: '100%', textOverflow: 'ellipsis' },
    '@media (max-width: 767px)': { flexGrow: 1, flexBasis: '40%' },
  },
})

interface Props {
  view: View
  at: At
  span: Span
  measure: Measure
  step: Step
  onChange: (part: Partial<View>) => void
}

/** What is shown: where, when, by what, and of it what. */
export function ViewBar({ view, at, span, measure, step, onChange }: Props) {
  const styles = useStyles()
  const { names } = useScope()
  const isLong = span.days > HOURS_DAYS_MAX
  const isTime = view.by === 'day' || view.by === 'hour'
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)

  function choosePeriod(period: Period) {
    // A custom period begins as what was looked at.
    const ends = period === 'custom' ? { from: day(span.fromMs), to: day(span.toMs) } : {}
    onChange({ period, ...ends })
  }

  function chooseDay(name: 'from' | 'to', value: string) {
    const [from, to] = name === 'from' ? [value, view.to] : [view.from, value]
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
    if (days >= 1 && days <= DAYS_MAX) onChange({ from, to })
    else if (days < 1) onChange({ from: value, to: value })
  }

  return (
    <div className={styles.root}>
      <Field label="Scope" className={styles.field}>
        <Select value={at} onChange={(_, data) => onChange({ at: data.value as At })}>
          <option value="subscription">Whole subscription</option>
          {names?.group && <option value="group">Group {names.group}</option>}
          {names?.workspace && <option value="project">Project {names.workspace}</option>}
        </Select>
      </Field>
      <Field label="Period" className={styles.field}>
        <Select value={view.period} onChange={(_, data) => choosePeriod(data.value as Period)}>
          {Object.entries(PERIODS).map(([period, words]) => (
            <option key={period} value={period}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      {view.period === 'custom' && (
        <>
          <Field label="From" className={styles.field}>
            <Input
              type="date"
              value={view.from}
              max={day(Date.now())}
              onChange={(_, data) => data.value && chooseDay('from', data.value)}
            />
          </Field>
          <Field label="To, with that day" className={styles.field}>
            <Input type="date" value={view.to} onChange={(_, data) => data.value && chooseDay('to', data.value)} />
          </Field>
        </>
      )}
      <Field label="Group by" className={styles.field}>
        <Select
          value={view.by === 'hour' && isLong ? 'day' : view.by}
          onChange={(_, data) => onChange({ by: data.value as By })}
        >
          {Object.entries(BYS).map(([by, words]) => (
            <option key={by} value={by} disabled={by === 'hour' && isLong}>
              {by === 'hour' && isLong ? `${words} (${HOURS_DAYS_MAX} days at most)` : words}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Plot" className={styles.field}>
        <Select value={measure} onChange={(_, data) => onChange({ show: data.value as Measure })}>
          <option value="cost">Cost</option>
          <option value="tokens">Tokens</option>
          <option value="requests">Requests charged</option>
        </Select>
      </Field>
      {!isTime && (
        <Field label="Each" className={styles.field}>
          <Select value={step} onChange={(_, data) => onChange({ step: data.value as Step })}>
            <option value="day">Day</option>
            <option value="hour" disabled={isLong}>
              {isLong ? `Hour (${HOURS_DAYS_MAX} days at most)` : 'Hour'}
            </option>
          </Select>
        </Field>
      )}
    </div>
  )
}
