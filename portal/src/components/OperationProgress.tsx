import { makeStyles, ProgressBar, Text } from '@fluentui/react-components'
import { useEffect, useRef, useState } from 'react'
import { followOperation, type OperationStatus } from '../api/operation'
import { type ApiProblem, asProblem } from '../api/problem'
import { ProblemMessage } from './ProblemMessage'
import { useNow } from './useNow'

const useStyles = makeStyles({ root: { display: 'flex', flexDirection: 'column', rowGap: '6px' } })

interface Props {
  /** `Azure-AsyncOperation` of the answer that began it; see `operationOf`. */
  address: string
  /** What is being done: `Deploying hello`. */
  what: string
  onDone: (status: OperationStatus) => void
  onFailed?: (problem: ApiProblem) => void
}

/** Follows a change to its end: its state, how long it has taken, and why it failed where it did. */
export function OperationProgress({ address, what, onDone, onFailed }: Props) {
  const styles = useStyles()
  const [status, setStatus] = useState<OperationStatus>()
  const [problem, setProblem] = useState<ApiProblem>()
  const [round, setRound] = useState(0)
  const [since, setSince] = useState(Date.now)
  const elapsedMs = useNow(1000, !problem) - since
  const told = useRef({ onDone, onFailed })
  told.current = { onDone, onFailed }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a round is another try
  useEffect(() => {
    const stop = new AbortController()
    setProblem(undefined)
    setSince(Date.now())
    followOperation(address, setStatus, stop.signal)
      .then(done => told.current.onDone(done))
      .catch(error => {
        if (stop.signal.aborted) return
        const why = asProblem(error)
        setProblem(why)
        told.current.onFailed?.(why)
      })
    return () => stop.abort()
  }, [address, round])

  if (problem) {
    const retry = problem.isPassing ? () => setRound(round + 1) : undefined
    return <ProblemMessage problem={problem} title={`${what} did not succeed`} onRetry={retry} />
  }
  const percent = status?.percentComplete
  return (
    <div className={styles.root} role="status">
      <Text>
        {what}: {status?.status ?? 'begun'}, {Math.max(0, Math.round(elapsedMs / 1000))} s
      </Text>
      <ProgressBar {...(percent ? { value: percent / 100 } : {})} aria-label={what} />
    </div>
  )
}
