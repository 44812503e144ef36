import { MenuItem, Tooltip } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useMissing } from './useMissing'

interface Props {
  /** What it takes, as the server names it. */
  action: string
  /** Where it takes it. */
  scope: string
  onClick: () => void
  children: ReactNode
}

/** What can be chosen from a menu, for those who may; to others it says what is missing. */
export function GuardedItem({ action, scope, onClick, children }: Props) {
  const missing = useMissing(action, scope)
  if (!missing) return <MenuItem onClick={onClick}>{children}</MenuItem>
  return (
    <Tooltip content={missing} relationship="description">
      <MenuItem disabled>{children}</MenuItem>
    </Tooltip>
  )
}
