import { Button, makeStyles, Text, Tooltip, tokens } from '@fluentui/react-components'
import { ArrowClockwise16Regular, Code16Regular } from '@fluentui/react-icons'
import { CopyButton } from '../../../components/CopyButton'
import { Markdown } from '../markdown/Markdown'
import type { Answer } from '../model/answer'
import type { Target } from '../model/targets'
import { AnswerFacts } from '../parts/AnswerFacts'
import { CodeDialog } from '../parts/CodeDialog'
import { FindingList } from '../parts/FindingList'
import { RefusalMessage } from '../parts/RefusalMessage'
import { Waiting } from '../parts/Waiting'
import { ToolCalls } from './ToolCalls'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '8px', minWidth: 0 },
  who: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  thought: {
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    '& > div': { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', paddingBlockStart: '4px' },
  },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '2px 8px' },
})

interface Props {
  place: string
  answer: Answer
  sides: readonly (Target | undefined)[]
  isLast: boolean
  isCompared: boolean
  onRetry: () => void
}

/** An answer, as far as it has come, and what it took. */
export function AnswerView({ place, answer, sides, isLast, isCompared, onRetry }: Props) {
  const styles = useStyles()
  const { state, text, reasoning, refusal, calls, findings, finish, problem } = answer
  const isBusy = state === 'waiting' || state === 'streaming'
  return (
    <div className={styles.root} aria-busy={isBusy} data-answer={state}>
      <span className={styles.who}>{answer.target.label}</span>
      {reasoning !== '' && (
        <details className={styles.thought}>
          <summary>What it thought</summary>
          <div dir="auto">{reasoning}</div>
        </details>
      )}
      {text !== '' && <Markdown text={text} />}
      {refusal !== '' && <Text>The model refuses: {refusal}</Text>}
      {calls.length > 0 && (
        <ToolCalls place={place} calls={calls} sides={sides} isOpen={isLast && !isCompared && state === 'done'} />
      )}
      {state === 'waiting' && <Waiting />}
      {problem && <RefusalMessage problem={problem} onRetry={isLast ? onRetry : undefined} />}
      {finish === 'content_filter' && (
        <Text role="status">The content filter ended the answer here. What stands above is what came before.</Text>
      )}
      {!problem && findings.length > 0 && <FindingList findings={findings} />}
      {state === 'done' && text === '' && calls.length === 0 && refusal === '' && finish !== 'content_filter' && (
        <Text>The answer is empty.</Text>
      )}
      <div className={styles.foot}>
        <AnswerFacts answer={answer} />
        {!isBusy && (
          <span>
            {text !== '' && <CopyButton text={text} label="Copy the answer" />}
            <CodeDialog
              what="chat"
              request={() => ({ target: answer.target, route: answer.route, body: answer.body })}
              button={
                <Button
                  size="small"
                  appearance="subtle"
                  icon={<Code16Regular />}
                  aria-label="View this request as code"
                />
              }
            />
            {isLast && (
              <Tooltip content="Ask again" relationship="label">
                <Button size="small" appearance="subtle" icon={<ArrowClockwise16Regular />} onClick={onRetry} />
              </Tooltip>
            )}
          </span>
        )}
      </div>
    </div>
  )
}
