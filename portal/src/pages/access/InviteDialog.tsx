import { Field, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { ask, directory, type Schemas } from '../../api/client'
import { readAnew } from '../../api/queryClient'
import { FormDialog } from '../../components/FormDialog'
import { ShownOnce } from '../../components/ShownOnce'
import { Time } from '../../components/Time'
import type { Person } from './useAccess'

/** Makes a link with which somebody chooses a password. It is shown once. */
export function InviteDialog({ person, onClose }: { person: Person | undefined; onClose: () => void }) {
  const [name, setName] = useState(person?.userPrincipalName ?? '')
  const [shown, setShown] = useState(person?.displayName ?? '')
  const [made, setMade] = useState<Schemas['Invitation']>()

  async function invite() {
    const answer = await ask(
      directory.POST('/v1.0/invitations', {
        body: {
          invitedUserEmailAddress: name.trim(),
          ...(shown.trim() ? { invitedUserDisplayName: shown.trim() } : {}),
        },
      }),
    )
    setMade(answer)
    await readAnew(['people'])
  }

  return (
    <FormDialog
      title={made ? `A link for ${made.invitedUserEmailAddress}` : 'Invite somebody'}
      action="Make the link"
      isReady={name.includes('@')}
      onSubmit={invite}
      onClose={onClose}
      done={
        made && (
          <ShownOnce secret={made.inviteRedeemUrl} label="the link">
            Pass it on by a way that only they can read: whoever opens it becomes this person. It is good once, until{' '}
            <Time at={made.expirationDateTime} />. Then give a role under Role assignments.
          </ShownOnce>
        )
      }
    >
      <Field label="User name" required hint="NAME@DOMAIN, such as ada@example.com">
        <Input
          value={name}
          onChange={(_, data) => setName(data.value)}
          disabled={person !== undefined}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      <Field label="Name">
        <Input
          value={shown}
          onChange={(_, data) => setShown(data.value)}
          disabled={person !== undefined}
          autoComplete="off"
        />
      </Field>
    </FormDialog>
  )
}
