import { Field, Input, Select, Text } from '@fluentui/react-components'
import { Add16Regular, Delete16Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { ask, askFor, directory, type Schemas } from '../../api/client'
import { readAnew } from '../../api/queryClient'
import { Card } from '../../components/Card'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { type Column, DataTable } from '../../components/DataTable'
import { FormDialog } from '../../components/FormDialog'
import { GuardedButton } from '../../components/GuardedButton'
import { ShownOnce } from '../../components/ShownOnce'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { useNow } from '../../components/useNow'
import { DAY_MS } from '../../time'
import { CHANGE, EVERYTHING } from './directory'
import type { Application } from './useAccess'

type Secret = Schemas['ApplicationSecret']

const MINUTE_MS = 60_000
const DAYS = [30, 90, 180, 365, 730]

/** The secrets of an application: several at once, so that one is replaced without a pause. */
export function Secrets({ application }: { application: Application }) {
  const now = useNow(MINUTE_MS)
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Secret>()

  async function remove(secret: Secret) {
    await askFor(
      directory.POST('/v1.0/applications/{id}/removePassword', {
        params: { path: { id: application.id } },
        body: { keyId: secret.keyId },
      }),
    )
    await readAnew(['applications'])
  }

  const columns: Column<Secret>[] = [
    {
      id: 'name',
      title: 'Name',
      show: one => <Text weight="semibold">{nameOf(one)}</Text>,
      sortBy: nameOf,
    },
    {
      id: 'hint',
      title: 'Begins with',
      show: one => <Text font="monospace">{one.hint ? `${one.hint}…` : '–'}</Text>,
      narrow: 'hidden',
    },
    {
      id: 'state',
      title: 'State',
      show: one => {
        const isOver = one.endDateTime != null && Date.parse(one.endDateTime) <= now
        return <StateBadge tone={isOver ? 'bad' : 'good'}>{isOver ? 'Ended' : 'Works'}</StateBadge>
      },
    },
    {
      id: 'end',
      title: 'Ends',
      show: one => (one.endDateTime ? <Time at={one.endDateTime} /> : 'Never'),
      sortBy: one => one.endDateTime ?? undefined,
    },
    {
      id: 'remove',
      title: 'Change',
      kind: 'action',
      show: one => (
        <GuardedButton
          action={CHANGE}
          scope={EVERYTHING}
          size="small"
          appearance="subtle"
          icon={<Delete16Regular />}
          label={`Delete the secret ${nameOf(one)}`}
          onClick={() => setRemoving(one)}
        />
      ),
    },
  ]
  return (
    <Card
      title="Secrets"
      actions={
        <GuardedButton
          action={CHANGE}
          scope={EVERYTHING}
          icon={<Add16Regular />}
          size="small"
          onClick={() => setAdding(true)}
        >
          Add a secret
        </GuardedButton>
      }
    >
      <DataTable
        label="secrets"
        rows={application.passwordCredentials}
        columns={columns}
        keyOf={one => one.keyId}
        sortBy={{ column: 'end' }}
      />
      {adding && <SecretDialog application={application} onClose={() => setAdding(false)} />}
      {removing && (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title="Delete this secret?"
          action="Delete the secret"
          onConfirm={() => remove(removing)}
        >
          Whatever signs in with {nameOf(removing)} is refused from now on.{' '}
          {application.passwordCredentials.length === 1 && 'It is the only secret of this application.'}
        </ConfirmDialog>
      )}
    </Card>
  )
}

function nameOf(secret: Secret): string {
  return secret.displayName ?? secret.keyId
}

function SecretDialog({ application, onClose }: { application: Application; onClose: () => void }) {
  const [name, setName] = useState('')
  const [days, setDays] = useState(180)
  const [made, setMade] = useState<string>()

  async function add() {
    const answer = await ask(
      directory.POST('/v1.0/applications/{id}/addPassword', {
        params: { path: { id: application.id } },
        body: {
          passwordCredential: {
            ...(name.trim() ? { displayName: name.trim() } : {}),
            endDateTime: new Date(Date.now() + days * DAY_MS).toISOString(),
          },
        },
      }),
    )
    setMade(answer.secretText)
    await readAnew(['applications'])
  }

  return (
    <FormDialog
      title={made ? `A secret for ${application.displayName}` : 'Add a secret'}
      action="Make the secret"
      isReady
      onSubmit={add}
      onClose={onClose}
      done={made && <ShownOnce secret={made} label="the secret" />}
    >
      <Field label="Name" hint="Where it is used, so that somebody knows later whether it still is">
        <Input value={name} onChange={(_, data) => setName(data.value)} maxLength={120} autoComplete="off" />
      </Field>
      <Field label="Ends after">
        <Select value={String(days)} onChange={(_, data) => setDays(Number(data.value))}>
          {DAYS.map(one => (
            <option key={one} value={one}>
              {one} days
            </option>
          ))}
        </Select>
      </Field>
    </FormDialog>
  )
}
