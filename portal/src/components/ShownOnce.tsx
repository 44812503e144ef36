import { MessageBar, MessageBarBody, Text } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { SecretField } from './SecretField'

/** A secret that nobody can read again after this. */
export function ShownOnce({ secret, label, children }: { secret: string; label: string; children?: ReactNode }) {
  return (
    <>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>Copy {label} now: it is shown this once, and nobody can read it again.</MessageBarBody>
      </MessageBar>
      <SecretField secret={secret} label={label} />
      {children && <Text>{children}</Text>}
    </>
  )
}
