import {
  Button,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import type { ApiProblem } from '../api/problem'
import { CopyButton } from './CopyButton'

const useStyles = makeStyles({
  bar: { alignItems: 'start' },
  body: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '4px',
    paddingBlock: '8px',
    overflowWrap: 'anywhere',
    whiteSpace: 'normal',
  },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  list: { margin: 0, paddingInlineStart: '20px' },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px', marginBlockStart: '4px' },
})

interface Props {
  problem: ApiProblem
  /** What did not work, in the words of the page; otherwise it is said by the kind of problem. */
  title?: string
  onRetry?: (() => void) | undefined
}

/** A refusal: what it is, what to do about it, and the id under which the server knows more. */
export function ProblemMessage({ problem, title, onRetry }: Props) {
  const styles = useStyles()
  const refused = problem.refused
  return (
    <MessageBar
      intent={problem.status === 403 ? 'warning' : 'error'}
      layout="multiline"
      className={styles.bar}
      role="alert"
    >
      <MessageBarBody className={styles.body}>
        <MessageBarTitle>{title ?? titleOf(problem)}</MessageBarTitle>
        {refused ? (
          <>
            <span>
              It takes the action <span className={styles.code}>{refused.action}</span> on{' '}
              <span className={styles.code}>{refused.scope}</span>, and no role that you hold there has it.
            </span>
            <span>Ask an administrator for a role with it. Who may give roles is on the page Access.</span>
          </>
        ) : (
          <span>{problem.message}</span>
        )}
        {problem.details.length > 0 && (
          <ul className={styles.list}>
            {problem.details.map(detail => (
              <li key={`${detail.code} ${detail.message}`}>
                {detail.message} {detail.code && <span className={styles.code}>({detail.code})</span>}
              </li>
            ))}
          </ul>
        )}
        {!refused && adviceOf(problem) && <span>{adviceOf(problem)}</span>}
        {problem.status === 403 && problem.requestId && (
          <span>
            What would allow it: <span className={styles.code}>cupola explain {problem.requestId}</span>
          </span>
        )}
        <div className={styles.foot}>
          {onRetry && (
            <Button size="small" onClick={onRetry}>
              Try again
            </Button>
          )}
          <Text size={200} className={styles.code}>
            {problem.code}
            {problem.target && ` in ${problem.target}`}
            {problem.requestId && ` · request ${problem.requestId}`}
          </Text>
          {problem.requestId && <CopyButton text={problem.requestId} label="Copy the id of the request" />}
        </div>
      </MessageBarBody>
    </MessageBar>
  )
}

function titleOf(problem: ApiProblem): string {
  if (problem.status === 403) return 'You may not do this'
  if (problem.status === 404) return 'This is not there'
  if (problem.status === 409) return 'This does not fit what is there'
  if (problem.status === 429) return 'Too many requests'
  if (problem.code === 'ServerUnreachable') return 'The server cannot be reached'
  if (problem.code === 'Timeout') return 'No answer in time'
  if (problem.status >= 500) return 'The server has a fault'
  return 'This did not work'
}

function adviceOf(problem: ApiProblem): string | undefined {
  if (problem.status === 404) return 'It may have been deleted, or you may not see it.'
  if (problem.status === 429) return 'Wait a moment, then try again.'
  if (problem.code === 'ServerUnreachable') return 'It may be restarting. This page asks again by itself.'
  if (problem.status >= 500) return 'Try again. If it stays, the log of the server has the request by its id.'
  return undefined
}
