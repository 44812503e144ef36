import { Button, makeStyles, Tooltip, tokens } from '@fluentui/react-components'
import { Eye16Regular, EyeOff16Regular } from '@fluentui/react-icons'
import { useState } from 'react'
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
    direction: 'ltr',
    unicodeBidi: 'isolate',
  },
})

// As many as nothing says about the secret.
const HIDDEN = '•'.repeat(24)

/** A secret: hidden until somebody wants to see it, and copied without being shown. */
export function SecretField({ secret, label }: { secret: string; label: string }) {
  const styles = useStyles()
  const [shown, setShown] = useState(false)
  const action = shown ? `Hide ${label}` : `Show ${label}`
  return (
    <div className={styles.root}>
      <span className={styles.text}>
        {shown ? (
          secret
        ) : (
          <span role="img" aria-label={`${label}, hidden`}>
            {HIDDEN}
          </span>
        )}
      </span>
      <Tooltip content={action} relationship="label">
        <Button
          size="small"
          appearance="subtle"
          icon={shown ? <EyeOff16Regular /> : <Eye16Regular />}
          onClick={() => setShown(!shown)}
        />
      </Tooltip>
      <CopyButton text={secret} label={`Copy ${label}`} />
    </div>
  )
}
