import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { CheckmarkCircle16Regular, ErrorCircle16Regular, Warning16Regular } from '@fluentui/react-icons'
import type { Complaint } from './template'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '4px', minHeight: '28px' },
  list: { margin: 0, padding: 0, listStyleType: 'none', maxHeight: '240px', overflow: 'auto' },
  item: { display: 'flex', alignItems: 'baseline', columnGap: '6px', paddingBlock: '3px', overflowWrap: 'anywhere' },
  line: { minWidth: 0, flexShrink: 0, paddingInline: '6px' },
  icon: { flexShrink: 0, alignSelf: 'center', display: 'inline-flex' },
  error: { color: tokens.colorStatusDangerForeground1 },
  warning: { color: tokens.colorStatusWarningForeground3 },
  good: { color: tokens.colorStatusSuccessForeground1, display: 'inline-flex', columnGap: '6px', alignItems: 'center' },
  code: { color: tokens.colorNeutralForeground3, fontFamily: tokens.fontFamilyMonospace },
})

interface Props {
  id: string
  complaints: readonly Complaint[]
  /** `undefined` where there is nothing to check. */
  state: 'checking' | 'checked' | undefined
  onLine: (line: number) => void
}

/** What is wrong, in words; a line leads to its place. */
export function Complaints({ id, complaints, state, onLine }: Props) {
  const styles = useStyles()
  return (
    <div id={id} className={styles.root} role="status">
      {state === 'checking' && <Text size={200}>Checking</Text>}
      {state === 'checked' && complaints.length === 0 && (
        <Text size={200} className={styles.good}>
          <CheckmarkCircle16Regular /> The template is valid here
        </Text>
      )}
      {complaints.length > 0 && (
        <ul className={styles.list} aria-label="Complaints">
          {complaints.map(one => (
            <li key={`${one.line} ${one.message}`} className={styles.item}>
              <span className={`${styles.icon} ${one.level === 'Error' ? styles.error : styles.warning}`}>
                {one.level === 'Error' ? <ErrorCircle16Regular /> : <Warning16Regular />}
              </span>
              {one.line !== undefined && (
                <Button
                  size="small"
                  appearance="transparent"
                  className={styles.line}
                  onClick={() => one.line && onLine(one.line)}
                >
                  Line {one.line}
                </Button>
              )}
              <Text size={200}>
                {one.message} <span className={styles.code}>{one.code}</span>
              </Text>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
