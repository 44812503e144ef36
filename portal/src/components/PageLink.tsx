import { Link } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useLink } from './useLink'

/** A link to a page of the portal, such as `/endpoints/hello`. The chosen scope stays. */
export function PageLink({ to, children }: { to: string; children: ReactNode }) {
  return <Link {...useLink(to)}>{children}</Link>
}
