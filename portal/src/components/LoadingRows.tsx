import { Button, makeStyles, Skeleton, SkeletonItem, Text } from '@fluentui/react-components'
import { useState } from 'react'
import { useNow } from './useNow'

const useStyles = makeStyles({
  rows: { display: 'flex', flexDirection: 'column', rowGap: '14px', paddingBlock: '8px' },
  late: { display: 'flex', alignItems: 'center', columnGap: '12px', flexWrap: 'wrap', paddingBlock: '8px' },
})

const LATE_MS = 4000

/** Something is on its way. After a few seconds it says for how long, so that nobody watches an animation for ever. */
export function LoadingRows({
  rows = 5,
  what = 'an answer',
  onRetry,
}: {
  rows?: number
  what?: string
  onRetry?: () => void
}) {
  const styles = useStyles()
  const [since, setSince] = useState(Date.now)
  const waitedMs = useNow(1000) - since
  return (
    <div>
      <Skeleton aria-label={`Waiting for ${what}`} className={styles.rows}>
        {Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
          <SkeletonItem key={row} size={24} style={{ width: `${96 - ((row * 17) % 40)}%` }} />
        ))}
      </Skeleton>
      {waitedMs >= LATE_MS && (
        <div className={styles.late} role="status">
          <Text>
            Still waiting for {what}, for {Math.round(waitedMs / 1000)} s.
          </Text>
          {onRetry && (
            <Button
              size="small"
              onClick={() => {
                setSince(Date.now())
                onRetry()
              }}
            >
              Ask again
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
