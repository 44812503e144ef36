import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  makeStyles,
  tokens,
} from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useTheme } from '../theme/useTheme'
import { addBands, type Bands } from './bands'
import { ChartTable } from './ChartTable'
import { lonely } from './lonely'
import { stacked } from './stacked'

export interface Series {
  label: string
  /** One for each time; `null` where there is none. */
  values: readonly (number | null)[]
}

export interface ChartProps {
  /** What it shows, in a sentence, for screen readers. */
  label: string
  /** Seconds since 1970, ascending. */
  times: readonly number[]
  series: readonly Series[]
  /** How a value is written: `12 ms`. */
  format?: (value: number) => string
  height?: number
  bands?: Bands
  /** Are there only whole ones, so that an axis with halves would be wrong? */
  isWhole?: boolean
  /** Bars that stand on each other, for what adds up; otherwise lines. */
  kind?: 'lines' | 'stacked'
  /** How a time is written, where it is not the person's own: then the axis is in UTC. */
  formatTime?: (second: number) => string
}

// Told apart by people who see colours differently, on light and on dark ground.
const LIGHT = ['#0b5cad', '#b4470e', '#23763b', '#7a3ea3', '#8a6d00', '#a8224f']
const DARK = ['#6db3ff', '#ff9f66', '#6fcf8a', '#cf9bf5', '#e0c04c', '#ff8fb1']

const DAY_S = 86_400
const DAYS_STEPS = [1, 2, 3, 4, 7, 14, 28, 91, 182, 364]
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

// As the person writes times; the day stands where it begins.
function timeLabels(timeZone: 'UTC' | undefined): uPlot.Axis.DynamicValues {
  const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', timeZone })
  const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone })
  return (_, seconds, __, ___, stepS) =>
    seconds.map((second, index) => {
      const [ms, before] = [second * 1000, (seconds[index - 1] ?? 0) * 1000]
      if (stepS >= DAY_S) return day.format(ms)
      return day.format(ms) === day.format(before) ? clock.format(ms) : `${clock.format(ms)}\n${day.format(ms)}`
    })
}

const useStyles = makeStyles({
  root: { minWidth: 0 },
  plot: {
    minWidth: 0,
    direction: 'ltr',
    '& .u-legend': { fontSize: tokens.fontSizeBase200, textAlign: 'start' },
    // The time has no colour.
    '& .u-legend .u-series:first-child .u-marker': { display: 'none' },
    // While nothing is pointed at the legend has names alone.
    '& .u-legend .u-series:first-child:has(.u-value:empty)': { display: 'none' },
    '& .u-legend .u-series:has(.u-value:empty) th::after': { content: 'none' },
  },
})

// 1, 2, 5, 10, 20, 50, and so on.
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map(step => step * 10 ** power)).flat()

const LETTER_PX = 7
const AXIS_PX_MIN = 64
const AXIS_PX_AROUND = 22

// As wide as the longest of what it says, so that no money is cut off.
function widthOf(shown: readonly string[] | null): number {
  const letters = Math.max(0, ...(shown ?? []).map(text => text.length))
  return Math.max(AXIS_PX_MIN, letters * LETTER_PX + AXIS_PX_AROUND)
}

// So few that each has room for a point.
const POINTS_MAX = 60

const BAR_SHARE = 0.7
const BAR_WIDTH_MAX = 48

export default function Chart(props: ChartProps) {
  const { label, times, series, format = String, height = 240, kind = 'lines', formatTime, bands, isWhole } = props
  const styles = useStyles()
  const { isDark } = useTheme()
  const place = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const element = place.current
    if (!element) return
    const read = (name: string) => getComputedStyle(element).getPropertyValue(name).trim()
    const [ink, grid, font] = [
      read('--colorNeutralForeground2'),
      read('--colorNeutralStroke2'),
      `12px ${read('--fontFamilyBase')}`,
    ]
    const colours = isDark ? DARK : LIGHT
    const axis: uPlot.Axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
    const isStacked = kind === 'stacked'
    const drawn = isStacked ? stacked(series) : series
    // Where bars stand on each other the legend says the value of each, not the height that it reaches.
    const itself = (index: number, at: number | null) =>
      series[isStacked ? series.length - 1 - index : index]?.values[at ?? -1] ?? null
    // The first and the last bar have room for their other half.
    const step = (times[1] ?? 0) - (times[0] ?? 0) || DAY_S
    const bars = isStacked ? uPlot.paths.bars?.({ size: [BAR_SHARE, BAR_WIDTH_MAX] }) : undefined
    const colourOf = (index: number) => colours[(isStacked ? series.length - 1 - index : index) % colours.length] ?? ink
    const timeOf = formatTime ?? ((second: number) => exact.format(second * 1000))
    const options: uPlot.Options = {
      ...(formatTime ? { tzDate: (second: number) => uPlot.tzDate(new Date(second * 1000), 'Etc/UTC') } : {}),
      width: Math.max(200, element.clientWidth),
      height,
      cursor: { drag: { x: true, y: false } },
      scales: {
        ...(isStacked
          ? { x: { range: (_: uPlot, min: number, max: number) => [min - step / 2, max + step / 2] } }
          : {}),
        y: { range: (_, min, max) => [Math.min(0, min ?? 0), max > 0 ? max * 1.08 : 1] },
      },
      axes: [
        {
          ...axis,
          values: timeLabels(formatTime ? 'UTC' : undefined),
          // Of whole days no hours are said.
          ...(step >= DAY_S ? { incrs: DAYS_STEPS.map(days => days * DAY_S) } : {}),
        },
        {
          ...axis,
          size: (_, shown) => widthOf(shown),
          ...(isWhole ? { incrs: WHOLE_STEPS } : {}),
          values: (_, ticks) => ticks.map(tick => format(tick)),
        },
      ],
      series: [
        {
          label: 'Time',
          value: (_: uPlot, second: number | null) => (second === null ? '' : timeOf(second)),
        },
        ...drawn.map((one, index) => ({
          label: one.label,
          stroke: colourOf(index),
          width: isStacked ? 0 : 2,
          ...(bars ? { paths: bars, fill: colourOf(index) } : {}),
          // A value without neighbours has no line; it is seen as a point.
          points: isStacked
            ? { show: false }
            : {
                show: true,
                ...(times.length < POINTS_MAX
                  ? {}
                  : { filter: (plot: uPlot, index: number) => lonely(plot.data[index] ?? []) }),
              },
          value: (_: uPlot, _value: number | null, _series: number, at: number | null) => {
            const value = itself(index, at)
            if (at === null) return ''
            return value === null ? '–' : format(value)
          },
        })),
      ],
    }
    if (bands) addBands(options, bands, colours)
    const data: uPlot.AlignedData = [[...times], ...drawn.map(one => [...one.values])]
    const plot = new uPlot(options, data, element)
    const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(200, element.clientWidth), height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [times, series, format, height, kind, formatTime, bands, isWhole, isDark])

  return (
    <figure className={styles.root} style={{ margin: 0 }} aria-label={label}>
      <div ref={place} className={styles.plot} aria-hidden="true" />
      <Accordion collapsible>
        <AccordionItem value="table">
          <AccordionHeader size="small">The same as a table</AccordionHeader>
          <AccordionPanel>
            <ChartTable label={label} times={times} series={series} format={format} formatTime={formatTime} />
          </AccordionPanel>
        </AccordionItem>
      </Accordion>
    </figure>
  )
}
