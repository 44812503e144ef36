import { makeStyles, tokens } from '@fluentui/react-components'
import { CopyButton } from './CopyButton'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    alignItems: 'center',
    columnGap: '4px',
    minWidth: 0,
    paddingInlineStart: '10px',
    paddingInlineEnd: '4px',
    minHeight: '32px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  text: {
    flexGrow: 1,
    minWidth: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    // Addresses and keys are read from left to right in every language.
    direction: 'ltr',
    unicodeBidi: 'isolate',
  },
})

/** A text to take along: an address, an id. */
export function CopyField({ text, label }: { text: string; label: string }) {
  const styles = useStyles()
  return (
    <div className={styles.root}>
      <span className={styles.text} title={text}>
        {text}
      </span>
      <CopyButton text={text} label={`Copy ${label}`} />
    </div>
  )
}
