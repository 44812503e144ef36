import { Field, Input, Text, tokens } from '@fluentui/react-components'
import { Add16Regular, Delete16Regular } from '@fluentui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { askFor, directory, type Schemas } from '../../api/client'
import { everyObject } from '../../api/objects'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import { Card } from '../../components/Card'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { type Column, DataTable } from '../../components/DataTable'
import { FormDialog } from '../../components/FormDialog'
import { GuardedButton } from '../../components/GuardedButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { CHANGE, DELETE, EVERYTHING } from './directory'
import type { Application } from './useAccess'

type Credential = Schemas['FederatedCredential']

const USUAL_AUDIENCE = 'api://AzureADTokenExchange'

/** Issuers whose tokens stand for an application, so that it needs no secret. */
export function FederatedCredentials({ application }: { application: Application }) {
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Credential>()
  const queryKey = ['federatedCredentials', application.id]
  const held = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      everyObject<Credential>(
        directory.GET('/v1.0/applications/{id}/federatedIdentityCredentials', {
          params: { path: { id: application.id } },
          signal,
        }),
        signal,
      ),
  })

  async function remove(one: Credential) {
    await askFor(
      directory.DELETE('/v1.0/applications/{id}/federatedIdentityCredentials/{credential}', {
        params: { path: { id: application.id, credential: one.id } },
      }),
    )
    await readAnew(queryKey)
  }

  const columns: Column<Credential>[] = [
    { id: 'name', title: 'Name', show: one => <Text weight="semibold">{one.name}</Text>, sortBy: one => one.name },
    {
      id: 'issuer',
      title: 'Issuer and subject',
      show: one => (
        <span>
          {one.issuer}
          <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
            {one.subject}
          </Text>
        </span>
      ),
      sortBy: one => one.issuer,
    },
    { id: 'audience', title: 'Audience', show: one => one.audiences.join(', '), narrow: 'hidden' },
    {
      id: 'remove',
      title: 'Change',
      kind: 'action',
      show: one => (
        <GuardedButton
          action={DELETE}
          scope={EVERYTHING}
          size="small"
          appearance="subtle"
          icon={<Delete16Regular />}
          label={`Delete the federated credential ${one.name}`}
          onClick={() => setRemoving(one)}
        />
      ),
    },
  ]
  return (
    <Card
      title="Federated credentials"
      actions={
        <GuardedButton
          action={CHANGE}
          scope={EVERYTHING}
          icon={<Add16Regular />}
          size="small"
          onClick={() => setAdding(true)}
        >
          Add an issuer
        </GuardedButton>
      }
    >
      <Text>
        Tokens of another issuer, such as GitHub or a Kubernetes cluster, sign this application in without a secret.
      </Text>
      {held.error && <ProblemMessage problem={asProblem(held.error)} onRetry={() => void held.refetch()} />}
      {held.isPending ? (
        <LoadingRows rows={2} what="the credentials" />
      ) : (
        held.data && (
          <DataTable label="federated credentials" rows={held.data} columns={columns} keyOf={one => one.id} />
        )
      )}
      {adding && (
        <CredentialDialog
          application={application}
          onClose={() => setAdding(false)}
          onDone={() => readAnew(queryKey)}
        />
      )}
      {removing && (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Trust ${removing.name} no longer?`}
          action="Delete the credential"
          onConfirm={() => remove(removing)}
        >
          Tokens of {removing.issuer} for {removing.subject} are refused from now on.
        </ConfirmDialog>
      )}
    </Card>
  )
}

function CredentialDialog({
  application,
  onClose,
  onDone,
}: {
  application: Application
  onClose: () => void
  onDone: () => Promise<unknown>
}) {
  const [name, setName] = useState('')
  const [issuer, setIssuer] = useState('')
  const [subject, setSubject] = useState('')
  const [audience, setAudience] = useState(USUAL_AUDIENCE)

  async function add() {
    await askFor(
      directory.POST('/v1.0/applications/{id}/federatedIdentityCredentials', {
        params: { path: { id: application.id } },
        body: { name: name.trim(), issuer: issuer.trim(), subject: subject.trim(), audiences: [audience.trim()] },
      }),
    )
    await onDone()
    onClose()
  }

  return (
    <FormDialog
      title="Trust another issuer"
      action="Add the issuer"
      isReady={[name, issuer, subject, audience].every(text => text.trim() !== '')}
      onSubmit={add}
      onClose={onClose}
    >
      <Field label="Name" required>
        <Input value={name} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field label="Issuer" required hint="An https address, such as https://token.actions.githubusercontent.com">
        <Input type="url" value={issuer} onChange={(_, data) => setIssuer(data.value)} spellCheck={false} />
      </Field>
      <Field label="Subject" required hint="Such as repo:octo/models:ref:refs/heads/main">
        <Input value={subject} onChange={(_, data) => setSubject(data.value)} spellCheck={false} />
      </Field>
      <Field label="Audience" required>
        <Input value={audience} onChange={(_, data) => setAudience(data.value)} spellCheck={false} />
      </Field>
    </FormDialog>
  )
}
