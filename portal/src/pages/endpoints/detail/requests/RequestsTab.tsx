import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { ArrowClockwise16Regular } from '@fluentui/react-icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { addressOf, call } from '../../../../api/call'
import { asProblem } from '../../../../api/problem'
import { DataTable } from '../../../../components/DataTable'
import { EmptyState } from '../../../../components/EmptyState'
import { LinkButton } from '../../../../components/LinkButton'
import { LoadingRows } from '../../../../components/LoadingRows'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { count } from '../../numbers'
import { keyOf, type PartProps } from '../place'
import { columnsWith } from './columns'
import { ExplainById } from './ExplainById'
import { ExplainDialog } from './ExplainDialog'
import type { RecentRequest } from './record'

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: '12px' },
  tools: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px', alignItems: 'center' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

const PAGE_ROWS = 100
const AGAIN_MS = 10_000

interface Answer {
  value: RecentRequest[]
  nextLink?: string | null
}

/** The newest requests that were charged, each with its id, and the way to those that were refused. */
export function RequestsTab(props: PartProps) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      <ExplainById />
      <Charged {...props} />
    </div>
  )
}

function Charged({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const [explained, setExplained] = useState<string>()
  const first = addressOf(`${endpoint.id}/providers/Cupola.Billing/requests`, {
    'api-version': '2026-11-01',
    $top: PAGE_ROWS,
  })
  const requests = useInfiniteQuery({
    queryKey: keyOf(place, 'requests'),
    initialPageParam: first,
    queryFn: ({ pageParam, signal }) => call<Answer>(pageParam, signal),
    getNextPageParam: last => last.nextLink ?? undefined,
    // Whoever reads older ones is not moved on under their eyes.
    refetchInterval: query => ((query.state.data?.pages.length ?? 0) > 1 ? false : AGAIN_MS),
  })
  const again = () => void requests.refetch()
  if (requests.error && !requests.data) {
    return <ProblemMessage problem={asProblem(requests.error)} title="The requests are not shown" onRetry={again} />
  }
  if (!requests.data) return <LoadingRows rows={8} what="the requests" onRetry={again} />
  const rows = requests.data.pages.flatMap(page => page.value)
  if (rows.length === 0) {
    return (
      <EmptyState
        title="Nobody has asked this endpoint yet"
        text="Every request that is charged is listed here, with its id, its tokens and what it cost. What is refused costs nothing, unless the content filter blocked it."
        action={
          <LinkButton to={`/endpoints/${endpoint.name}?tab=code`} appearance="primary">
            Ask it from code
          </LinkButton>
        }
      />
    )
  }
  return (
    <div className={styles.root}>
      <div className={styles.tools}>
        <Text className={styles.quiet}>
          The newest {count(rows.length)} that were charged. What is refused costs nothing, unless the content filter
          blocked it.
        </Text>
        <Button size="small" icon={<ArrowClockwise16Regular />} onClick={again}>
          Refresh requests
        </Button>
      </div>
      <DataTable
        label="requests"
        rows={rows}
        columns={columnsWith(setExplained)}
        keyOf={request => request.id}
        wordsOf={request =>
          [request.id, request.operation, request.credential, request.status, request.outcome].join(' ')
        }
        sortBy={{ column: 'time', descending: true }}
        rowsOfPage={25}
      />
      {requests.hasNextPage && (
        <div>
          <Button disabled={requests.isFetchingNextPage} onClick={() => void requests.fetchNextPage()}>
            Load older requests
          </Button>
        </div>
      )}
      {explained !== undefined && <ExplainDialog id={explained} onClose={() => setExplained(undefined)} />}
    </div>
  )
}
