import { makeStyles, Text, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { CopyField } from './CopyField'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    rowGap: '8px',
    paddingBlock: '56px',
    paddingInline: '16px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
  },
  text: { maxWidth: '52ch', color: tokens.colorNeutralForeground2 },
  more: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '12px',
    marginBlockStart: '8px',
    maxWidth: '100%',
    alignItems: 'center',
  },
  code: { maxWidth: '100%', textAlign: 'start' },
})

interface Props {
  title: string
  text: string
  /** The one thing to do next. */
  action?: ReactNode
  /** The command that does it. */
  code?: string
}

/** Nothing to show, why, and what to do about it. */
export function EmptyState({ title, text, action, code }: Props) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      <svg
        width="72"
        height="56"
        viewBox="0 0 72 56"
        aria-hidden="true"
        fill="none"
        stroke={tokens.colorNeutralStroke1}
        strokeWidth="2"
      >
        <path d="M14 40C14 24 24 13 36 13s22 11 22 27Z" />
        <path d="M36 13V6M36 13c-8 6-11 15-11 27M36 13c8 6 11 15 11 27M8 45h56M4 51h64" />
      </svg>
      <Text as="h2" size={400} weight="semibold" align="center" style={{ margin: 0 }}>
        {title}
      </Text>
      <Text align="center" className={styles.text}>
        {text}
      </Text>
      {(action || code) && (
        <div className={styles.more}>
          {action}
          {code && (
            <div className={styles.code}>
              <CopyField text={code} label="the command" />
            </div>
          )}
        </div>
      )}
    </div>
  )
}
