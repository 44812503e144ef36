import { Button, type ButtonProps, makeStyles, Tooltip } from '@fluentui/react-components'
import type { ReactElement, ReactNode, Ref } from 'react'
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
  /** Where it is asked first, once for all rows of a list: whoever may there may below. */
  within?: string
  /** What it does, where its picture alone is shown. */
  label?: string
  onClick?: () => void
  ref?: Ref<HTMLButtonElement>
  icon?: ReactElement
  appearance?: NonNullable<ButtonProps['appearance']>
  size?: NonNullable<ButtonProps['size']>
  type?: 'submit'
  disabled?: boolean
  /** Is it at work? It cannot be pressed then, and keeps the focus. */
  isBusy?: boolean
  children?: ReactNode
}

/** A button for those who may. Others can reach it, and it says what is missing; the server decides all the same. */
export function GuardedButton({ action, scope, within, label, disabled = false, isBusy = false, ...look }: Props) {
  const styles = useStyles()
  const missing = useMissing(action, scope, within)
  const name = label ? { 'aria-label': label } : {}
  if (missing) {
    return (
      <Tooltip content={{ children: missing, className: styles.why }} relationship="description">
        <Button {...look} {...name} disabledFocusable />
      </Tooltip>
    )
  }
  const button = <Button {...look} {...name} disabled={disabled && !isBusy} disabledFocusable={isBusy} />
  return label ? (
    <Tooltip content={label} relationship="label">
      {button}
    </Tooltip>
  ) : (
    button
  )
}
