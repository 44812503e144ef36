import { Text, tokens } from '@fluentui/react-components'
import { PersonAdd20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { askFor, directory } from '../../api/client'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import { useToasts } from '../../app/toasts'
import { useSession } from '../../app/useSession'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { type Column, DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { GuardedButton } from '../../components/GuardedButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { EVERYTHING, INVITE } from './directory'
import { Frame } from './Frame'
import { InviteDialog } from './InviteDialog'
import { type Doing, PersonMenu } from './PersonMenu'
import { ResetDialog } from './ResetDialog'
import { forgetPrincipal, type Person, usePeople } from './useAccess'

/** People who can sign in here. */
export function People() {
  const people = usePeople()
  const [doing, setDoing] = useState<{ what: Doing; person?: Person }>()
  const say = useToasts()
  const session = useSession()
  const own = session.phase === 'unknown' ? undefined : session.user.id
  const again = () => void people.refetch()
  const close = () => setDoing(undefined)

  async function change(person: Person, accountEnabled: boolean) {
    await askFor(directory.PATCH('/v1.0/users/{id}', { params: { path: { id: person.id } }, body: { accountEnabled } }))
    await readAnew(['people'])
    say('success', accountEnabled ? `${person.displayName} can sign in again` : `${person.displayName} is signed out`)
  }

  async function remove(person: Person) {
    await askFor(directory.DELETE('/v1.0/users/{id}', { params: { path: { id: person.id } } }))
    await forgetPrincipal(['people'])
    say('success', `${person.displayName} was deleted`)
  }

  const person = doing?.person
  return (
    <Frame
      part="people"
      subtitle="Who can sign in. Whoever is invited can do nothing until a role is given."
      actions={
        <GuardedButton
          action={INVITE}
          scope={EVERYTHING}
          appearance="primary"
          icon={<PersonAdd20Regular />}
          onClick={() => setDoing({ what: 'invite' })}
        >
          Invite somebody
        </GuardedButton>
      }
    >
      {people.error && <ProblemMessage problem={asProblem(people.error)} onRetry={again} />}
      {people.isPending ? (
        <LoadingRows what="the people" onRetry={again} />
      ) : people.data === undefined ? null : people.data.length === 0 ? (
        <EmptyState title="Nobody has been invited yet" text="Invite somebody: you get a link to pass on." />
      ) : (
        <DataTable
          label="people"
          rows={people.data}
          columns={columnsOf(own, (what, one) => setDoing({ what, person: one }))}
          keyOf={one => one.id}
          wordsOf={one => `${one.displayName} ${one.userPrincipalName}`}
          sortBy={{ column: 'name' }}
        />
      )}
      {doing?.what === 'invite' && <InviteDialog person={person} onClose={close} />}
      {doing?.what === 'reset' && person && <ResetDialog person={person} onClose={close} />}
      {doing?.what === 'disable' && person && (
        <ConfirmDialog
          open
          onClose={close}
          title={`Disable ${person.displayName}?`}
          action="Disable"
          onConfirm={() => change(person, false)}
        >
          {person.userPrincipalName} is signed out everywhere at once and cannot sign in. Roles stay as they are, for
          when the account is enabled again.
        </ConfirmDialog>
      )}
      {doing?.what === 'enable' && person && (
        <ConfirmDialog
          open
          onClose={close}
          title={`Enable ${person.displayName}?`}
          action="Enable"
          onConfirm={() => change(person, true)}
        >
          {person.userPrincipalName} can sign in again, with the roles from before.
        </ConfirmDialog>
      )}
      {doing?.what === 'delete' && person && (
        <ConfirmDialog
          open
          onClose={close}
          title={`Delete ${person.displayName}?`}
          action="Delete"
          typed={person.userPrincipalName}
          onConfirm={() => remove(person)}
        >
          {person.userPrincipalName} loses every role and cannot sign in. What was made stays. There is no way back;
          disabling has one.
        </ConfirmDialog>
      )}
    </Frame>
  )
}

function columnsOf(own: string | undefined, onDo: (what: Doing, person: Person) => void): Column<Person>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      show: one => (
        <span>
          <Text weight="semibold">{one.displayName}</Text>
          {one.id === own && ' (you)'}
          <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
            {one.userPrincipalName}
          </Text>
        </span>
      ),
      sortBy: one => one.displayName,
    },
    {
      id: 'state',
      title: 'State',
      show: one => (
        <StateBadge tone={one.accountEnabled ? 'good' : 'off'}>
          {one.accountEnabled ? 'Enabled' : 'Disabled'}
        </StateBadge>
      ),
      sortBy: one => (one.accountEnabled ? 'Enabled' : 'Disabled'),
    },
    {
      id: 'from',
      title: 'Signs in',
      show: one => (one.userType === 'Guest' ? 'At another issuer' : 'Here'),
      sortBy: one => one.userType,
      narrow: 'hidden',
    },
    {
      id: 'since',
      title: 'Since',
      show: one => <Time at={one.createdDateTime} />,
      sortBy: one => one.createdDateTime,
      narrow: 'hidden',
    },
    {
      id: 'change',
      title: 'Change',
      kind: 'action',
      show: one => <PersonMenu person={one} onDo={what => onDo(what, one)} />,
    },
  ]
}
