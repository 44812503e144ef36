import { makeStyles, tokens } from '@fluentui/react-components'

const useStyles = makeStyles({
  root: {
    display: 'inline-flex',
    alignItems: 'center',
    columnGap: '6px',
    whiteSpace: 'nowrap',
    overflowWrap: 'normal',
    // Two lines rather than half a word.
    '@media (max-width: 767px)': { whiteSpace: 'normal' },
  },
  dot: { width: '8px', height: '8px', borderRadius: '50%', flexShrink: 0 },
})

export type Tone = 'good' | 'busy' | 'bad' | 'off'

const COLOURS: Record<Tone, string> = {
  good: tokens.colorStatusSuccessForeground3,
  busy: tokens.colorStatusWarningForeground3,
  bad: tokens.colorStatusDangerForeground3,
  off: tokens.colorNeutralForeground4,
}

/** A state: a word, and a dot whose colour only repeats it. */
export function StateBadge({ tone, children }: { tone: Tone; children: string }) {
  const styles = useStyles()
  return (
    <span className={styles.root}>
      <span className={styles.dot} style={{ backgroundColor: COLOURS[tone] }} />
      {children}
    </span>
  )
}
