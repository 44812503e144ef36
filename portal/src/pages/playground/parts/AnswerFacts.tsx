import { makeStyles, tokens } from '@fluentui/react-components'
import type { Answer } from '../model/answer'
import { costText } from '../model/cost'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '2px 12px',
    margin: 0,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontVariantNumeric: 'tabular-nums',
  },
})

/** What an answer took: time, tokens, money. */
export function AnswerFacts({ answer }: { answer: Answer }) {
  const styles = useStyles()
  const facts = factsOf(answer)
  if (facts.length === 0) return null
  return (
    <div className={styles.root} data-facts>
      {facts.map(fact => (
        <span key={fact}>{fact}</span>
      ))}
    </div>
  )
}

/** The facts, each as a few words. */
export function factsOf({ usage, firstMs, totalMs, target, finish, state }: Answer): string[] {
  const facts: string[] = []
  if (firstMs !== undefined) facts.push(`first word ${time(firstMs)}`)
  if (totalMs !== undefined) facts.push(`${time(totalMs)} in all`)
  if (usage) {
    facts.push(`${count(usage.prompt_tokens)} + ${count(usage.completion_tokens)} tokens`)
    const cached = usage.prompt_tokens_details?.cached_tokens
    if (cached) facts.push(`${count(cached)} from the cache`)
    const wroteMs = (totalMs ?? 0) - (firstMs ?? 0)
    const written = (usage.completion_tokens ?? 0) - 1
    if (written > 1 && wroteMs > 50) facts.push(`${Math.round((written * 1000) / wroteMs)} tokens/s`)
    facts.push(...costText(usage, target.prices))
  }
  if (finish === 'length') facts.push('cut off at its most tokens')
  if (state === 'stopped') facts.push(usage ? 'stopped' : 'stopped; charged for what came')
  return facts
}

/** `85 ms`, `1.2 s`. */
export function time(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function count(tokens: number | undefined): string {
  return (tokens ?? 0).toLocaleString()
}
