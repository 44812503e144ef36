import { makeStyles, Switch, Tooltip } from '@fluentui/react-components'
import { useMissing } from './useMissing'

const useStyles = makeStyles({
  // Wide enough for the name of an action.
  why: { maxWidth: 'min(520px, 92vw)' },
})

interface Props {
  /** What it takes, as the server names it. */
  action: string
  /** Where it takes it. */
  scope: string
  checked: boolean
  label: string
  onChange: (checked: boolean) => void
}

/** A switch for those who may. Others see how it stands, can reach it, and it says what is missing. */
export function GuardedSwitch({ action, scope, checked, label, onChange }: Props) {
  const styles = useStyles()
  const missing = useMissing(action, scope)
  if (!missing) return <Switch checked={checked} label={label} onChange={(_, data) => onChange(data.checked)} />
  return (
    <Tooltip content={{ children: missing, className: styles.why }} relationship="description">
      <Switch checked={checked} label={label} disabledFocusable />
    </Tooltip>
  )
}
