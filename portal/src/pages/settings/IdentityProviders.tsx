import { Field, Input, Switch, Text, tokens } from '@fluentui/react-components'
import { Add16Regular, Delete16Regular } from '@fluentui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, askFor, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import { Card } from '../../components/Card'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { type Column, DataTable } from '../../components/DataTable'
import { FormDialog } from '../../components/FormDialog'
import { GuardedButton } from '../../components/GuardedButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'

type Provider = Schemas['IdentityProvider']

const KEY = ['identityProviders']

/** Other issuers whose people may sign in here. */
export function IdentityProviders() {
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Provider>()
  const providers = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) =>
      everyItem<Provider>(api.GET('/providers/Cupola.Identity/identityProviders', { signal }), signal),
  })

  async function remove(one: Provider) {
    await askFor(
      api.DELETE('/providers/Cupola.Identity/identityProviders/{name}', { params: { path: { name: one.name } } }),
    )
    await readAnew(KEY)
  }

  const columns: Column<Provider>[] = [
    {
      id: 'name',
      title: 'Name',
      show: one => (
        <span>
          <Text weight="semibold">{one.properties.displayName}</Text>
          <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
            {one.name}
          </Text>
        </span>
      ),
      sortBy: one => one.properties.displayName,
    },
    { id: 'issuer', title: 'Issuer', show: one => one.properties.issuer, sortBy: one => one.properties.issuer },
    {
      id: 'state',
      title: 'State',
      show: one => (
        <StateBadge tone={one.properties.enabled ? 'good' : 'off'}>
          {one.properties.enabled ? 'Enabled' : 'Disabled'}
        </StateBadge>
      ),
      narrow: 'hidden',
    },
    {
      id: 'who',
      title: 'Lets in',
      show: one => (one.properties.createUsers ? 'Everybody it knows' : 'Who is a user here already'),
      narrow: 'hidden',
    },
    {
      id: 'remove',
      title: 'Change',
      kind: 'action',
      show: one => (
        <GuardedButton
          action="Cupola.Identity/identityProviders/delete"
          scope="/"
          size="small"
          appearance="subtle"
          icon={<Delete16Regular />}
          label={`Delete ${one.properties.displayName}`}
          onClick={() => setRemoving(one)}
        />
      ),
    },
  ]
  return (
    <Card
      title="Identity providers"
      actions={
        <GuardedButton
          action="Cupola.Identity/identityProviders/write"
          scope="/"
          size="small"
          icon={<Add16Regular />}
          onClick={() => setAdding(true)}
        >
          Add a provider
        </GuardedButton>
      }
    >
      <Text>People of another OIDC issuer can sign in here, and can do nothing until a role is given.</Text>
      {providers.error && (
        <ProblemMessage problem={asProblem(providers.error)} onRetry={() => void providers.refetch()} />
      )}
      {providers.isPending ? (
        <LoadingRows rows={2} what="the providers" onRetry={() => void providers.refetch()} />
      ) : (
        providers.data && (
          <DataTable label="identity providers" rows={providers.data} columns={columns} keyOf={one => one.id} />
        )
      )}
      {adding && <ProviderDialog onClose={() => setAdding(false)} onDone={() => readAnew(KEY)} />}
      {removing && (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Let people of ${removing.properties.displayName} in no longer?`}
          action="Delete the provider"
          typed={removing.name}
          onConfirm={() => remove(removing)}
        >
          Its people stay in the directory with their roles, and cannot sign in.
        </ConfirmDialog>
      )}
    </Card>
  )
}

function ProviderDialog({ onClose, onDone }: { onClose: () => void; onDone: () => Promise<unknown> }) {
  const [name, setName] = useState('')
  const [shown, setShown] = useState('')
  const [issuer, setIssuer] = useState('')
  const [clientId, setClientId] = useState('')
  const [clientSecret, setClientSecret] = useState('')
  const [createUsers, setCreateUsers] = useState(true)

  async function add() {
    await askFor(
      api.PUT('/providers/Cupola.Identity/identityProviders/{name}', {
        params: { path: { name: name.trim() } },
        body: {
          properties: {
            issuer: issuer.trim(),
            clientId: clientId.trim(),
            createUsers,
            ...(shown.trim() ? { displayName: shown.trim() } : {}),
            ...(clientSecret ? { clientSecret } : {}),
          },
        },
      }),
    )
    await onDone()
    onClose()
  }

  return (
    <FormDialog
      title="Add an identity provider"
      action="Add the provider"
      isReady={[name, issuer, clientId].every(text => text.trim() !== '')}
      onSubmit={add}
      onClose={onClose}
    >
      <Field label="Name" required hint="Letters, digits and hyphens">
        <Input value={name} onChange={(_, data) => setName(data.value)} autoComplete="off" spellCheck={false} />
      </Field>
      <Field label="Shown as" hint="What the sign-in page says">
        <Input value={shown} onChange={(_, data) => setShown(data.value)} autoComplete="off" />
      </Field>
      <Field label="Issuer" required hint="An https address, as its discovery document names it">
        <Input type="url" value={issuer} onChange={(_, data) => setIssuer(data.value)} spellCheck={false} />
      </Field>
      <Field label="Client id" required hint={`Register ${window.location.origin}/sign-in/callback there`}>
        <Input value={clientId} onChange={(_, data) => setClientId(data.value)} autoComplete="off" spellCheck={false} />
      </Field>
      <Field label="Client secret">
        <Input
          type="password"
          value={clientSecret}
          onChange={(_, data) => setClientSecret(data.value)}
          autoComplete="off"
        />
      </Field>
      <Switch
        checked={createUsers}
        onChange={(_, data) => setCreateUsers(data.checked)}
        label="People who come for the first time get a user"
      />
    </FormDialog>
  )
}
