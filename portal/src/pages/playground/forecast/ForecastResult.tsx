import { Text } from '@fluentui/react-components'
import { useMemo } from 'react'
import { LineChart } from '../../../components/LineChart'
import { costText } from '../model/cost'
import { time } from '../parts/AnswerFacts'
import type { Found } from '../parts/useAsked'
import { usePanel } from '../parts/usePanel'
import { type Forecast, plotOf } from './plot'

export type { Forecast } from './plot'

/** A forecast as a plot: the past, what comes next, and the bands around it. */
export function ForecastResult({ request, answer, ms }: Found<Forecast>) {
  const panel = usePanel()
  const { data } = answer
  const plot = useMemo(() => plotOf(request.body, answer), [request, answer])
  const tokens = { prompt_tokens: data.input_tokens, completion_tokens: data.output_tokens }
  const facts = [
    request.target.label,
    time(ms),
    `${data.input_tokens.toLocaleString()} + ${data.output_tokens.toLocaleString()} tokens`,
    ...costText(tokens, request.target.prices),
  ]
  return (
    <>
      <LineChart label="The series and its forecast" height={360} format={short} {...plot} />
      <Text size={200} className={panel.facts} data-facts>
        {facts.join(' · ')}
      </Text>
    </>
  )
}

function short(value: number): string {
  return value.toLocaleString(undefined, { maximumSignificantDigits: 5 })
}
