import { Button, Checkbox, Field, Input, Text, Textarea } from '@fluentui/react-components'
import { useKept } from '../../../components/useKept'
import type { Target } from '../model/targets'
import { AskedWhole } from '../parts/AskedWhole'
import { PlaygroundPage } from '../parts/PlaygroundPage'
import { TargetPicker } from '../parts/TargetPicker'
import { useAsked } from '../parts/useAsked'
import { useChosen } from '../parts/useChosen'
import { usePanel } from '../parts/usePanel'
import { type Forecast, ForecastResult } from './ForecastResult'
import { exampleSeries, frequencyOf, readSeries, type Series } from './series'

const ROUTE = '/forecast'
const LEVELS = [50, 80, 95]
const HORIZON_MAX = 10_000

/** What comes next in a series of numbers. */
export function ForecastPage() {
  return <PlaygroundPage task="forecasting">{targets => <Forecasts targets={targets} />}</PlaygroundPage>
}

function Forecasts({ targets }: { targets: readonly Target[] }) {
  const panel = usePanel()
  const [id, setId] = useKept<string | undefined>('forecast.target', undefined)
  const [text, setText] = useKept('forecast.text', exampleSeries())
  const [horizon, setHorizon] = useKept('forecast.horizon', '14')
  const [typed, setTyped] = useKept('forecast.frequency', '')
  const [levels, setLevels] = useKept<readonly number[]>('forecast.levels', [80, 95])
  const asked = useAsked<Forecast>('forecast')
  const target = useChosen(targets, id, setId)
  const read = readSafely(text)
  const series = 'series' in read ? read.series : undefined
  const guess = series ? frequencyOf(series.seconds) : 'D'
  const ahead = Number(horizon)
  const isWrong = !Number.isInteger(ahead) || ahead < 1 || ahead > HORIZON_MAX
  const isReady = target !== undefined && series !== undefined && !isWrong
  const request = () =>
    target && series
      ? {
          target,
          route: ROUTE,
          body: {
            y: Object.fromEntries(series.timestamps.map((timestamp, at) => [timestamp, series.values[at] ?? null])),
            fh: ahead,
            freq: typed.trim() || guess,
            level: [...levels].sort((one, other) => one - other),
          },
        }
      : undefined
  const error = (message: string | undefined) =>
    message ? ({ validationState: 'error', validationMessage: message } as const) : {}
  return (
    <AskedWhole
      what="forecast"
      target={target}
      asked={asked}
      request={request}
      isReady={isReady}
      action="Forecast"
      waitedFor="the forecast"
      appears="The series and what comes next appear here, with the bands as areas."
      result={found => <ForecastResult {...found} />}
    >
      <TargetPicker label="Model" targets={targets} chosen={target} onChoose={setId} />
      <Field
        label="Series: a time and a value in each line"
        size="small"
        {...error('why' in read ? read.why : undefined)}
      >
        <Textarea
          rows={10}
          resize="vertical"
          textarea={{ className: panel.mono, spellCheck: false }}
          value={text}
          onChange={(_, data) => setText(data.value)}
        />
      </Field>
      <div className={panel.row}>
        <Button size="small" onClick={() => setText(exampleSeries())}>
          Use the example
        </Button>
        <Text size={200} className={panel.quiet}>
          {series ? `${series.values.length} values` : 'No series yet'}
        </Text>
      </div>
      <div className={panel.pair}>
        <Field label="Steps ahead" size="small" {...error(isWrong ? `From 1 to ${HORIZON_MAX}.` : undefined)}>
          <Input
            input={{ size: 1 }}
            inputMode="numeric"
            value={horizon}
            onChange={(_, data) => setHorizon(data.value)}
          />
        </Field>
        <Field label="Frequency" size="small">
          <Input
            input={{ size: 1 }}
            placeholder={`${guess}, as it seems`}
            value={typed}
            onChange={(_, data) => setTyped(data.value)}
          />
        </Field>
      </div>
      <Field label="Bands in which so many of 100 values fall" size="small">
        <div className={panel.row}>
          {LEVELS.map(level => (
            <Checkbox
              key={level}
              label={`${level}%`}
              checked={levels.includes(level)}
              onChange={(_, data) => setLevels(data.checked ? [...levels, level] : levels.filter(one => one !== level))}
            />
          ))}
        </div>
      </Field>
    </AskedWhole>
  )
}

function readSafely(text: string): { series: Series } | { why: string } {
  try {
    return { series: readSeries(text) }
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) }
  }
}
