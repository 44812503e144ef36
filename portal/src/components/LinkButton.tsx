import { Button, type ButtonProps } from '@fluentui/react-components'
import type { ReactElement, ReactNode } from 'react'
import { useLink } from './useLink'

interface Props {
  to: string
  children: ReactNode
  appearance?: NonNullable<ButtonProps['appearance']>
  icon?: ReactElement
  size?: NonNullable<ButtonProps['size']>
}

/** A link to a page of the portal that looks like a button. */
export function LinkButton({ to, children, ...look }: Props) {
  return (
    <Button as="a" {...useLink(to)} {...look}>
      {children}
    </Button>
  )
}
