import { Button, Tooltip } from '@fluentui/react-components'
import { Eye16Regular, EyeOff16Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { CopyButton } from './CopyButton'
import { HIDDEN, useFieldStyles } from './useFieldStyles'

/** A secret: hidden until somebody wants to see it, and copied without being shown. */
export function SecretField({ secret, label }: { secret: string; label: string }) {
  const styles = useFieldStyles()
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
