import { Text } from '@fluentui/react-components'
import { useState } from 'react'
import { askFor, directory } from '../../api/client'
import { newPassword } from '../../api/random'
import { FormDialog } from '../../components/FormDialog'
import { ShownOnce } from '../../components/ShownOnce'
import type { Person } from './useAccess'

/** Sets a password by chance, to be changed at the next sign-in. It is shown once. */
export function ResetDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const [made, setMade] = useState<string>()

  async function reset() {
    const password = newPassword()
    await askFor(
      directory.PATCH('/v1.0/users/{id}', {
        params: { path: { id: person.id } },
        body: { passwordProfile: { password, forceChangePasswordNextSignIn: true } },
      }),
    )
    setMade(password)
  }

  return (
    <FormDialog
      title={`Reset the password of ${person.displayName}`}
      action="Reset the password"
      isReady
      onSubmit={reset}
      onClose={onClose}
      done={
        made && (
          <ShownOnce secret={made} label="the password">
            {person.userPrincipalName} signs in with it once and then chooses another one.
          </ShownOnce>
        )
      }
    >
      <Text>
        {person.userPrincipalName} is signed out everywhere at once, and the old password does not work any more.
      </Text>
    </FormDialog>
  )
}
