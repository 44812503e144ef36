import { Button } from '@fluentui/react-components'
import { Send20Filled } from '@fluentui/react-icons'
import { GuardedButton } from '../../components/GuardedButton'
import type { Target } from './model/targets'

interface Props {
  target: Target | undefined
  /** The action that the person is known to lack for asking it. */
  lacked: string | undefined
  disabled: boolean
  onClick: () => void
  children: string
}

/** Sends; to those who may not ask the model it says what is missing. */
export function SendButton({ target, lacked, disabled, onClick, children }: Props) {
  const look = { appearance: 'primary', icon: <Send20Filled />, disabled, onClick } as const
  if (target && lacked) {
    return (
      <GuardedButton {...look} action={lacked} scope={target.id}>
        {children}
      </GuardedButton>
    )
  }
  return <Button {...look}>{children}</Button>
}
