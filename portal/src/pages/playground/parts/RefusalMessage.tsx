import { makeStyles, Text, tokens } from '@fluentui/react-components'
import type { ApiProblem } from '../../../api/problem'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { useNow } from '../../../components/useNow'
import { Refusal } from '../model/refusal'
import { FindingList } from './FindingList'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '8px', minWidth: 0 },
  wait: { fontVariantNumeric: 'tabular-nums', color: tokens.colorNeutralForeground2 },
})

const SECOND_MS = 1000

/** Why a model did not answer: by whose rule, for how long, and what the filter found. */
export function RefusalMessage({ problem, onRetry }: { problem: ApiProblem; onRetry?: (() => void) | undefined }) {
  const styles = useStyles()
  const refusal = problem instanceof Refusal ? problem : undefined
  const againAt = refusal?.againAt
  const now = useNow(SECOND_MS, againAt !== undefined)
  const leftS = againAt === undefined ? 0 : Math.max(0, Math.ceil((againAt - now) / SECOND_MS))
  const isFilter = problem.code === 'content_filter'
  return (
    <div className={styles.root}>
      <ProblemMessage
        problem={problem}
        {...(isFilter ? { title: 'The content filter stopped the prompt' } : {})}
        onRetry={leftS > 0 ? undefined : onRetry}
      />
      {againAt !== undefined && (
        <Text size={200} className={styles.wait} role="timer">
          {leftS > 0 ? `It can be asked again in ${leftS} s.` : 'It can be asked again now.'}
        </Text>
      )}
      {refusal && refusal.findings.length > 0 && <FindingList findings={refusal.findings} />}
    </div>
  )
}
