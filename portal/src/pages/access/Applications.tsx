import { Field, Input, Text, tokens } from '@fluentui/react-components'
import { Add20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { ask, askFor, directory } from '../../api/client'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import { type Column, DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { FormDialog } from '../../components/FormDialog'
import { GuardedButton } from '../../components/GuardedButton'
import { LoadingRows } from '../../components/LoadingRows'
import { PageLink } from '../../components/PageLink'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { CHANGE, EVERYTHING } from './directory'
import { Frame } from './Frame'
import { type Application, type ServicePrincipal, useApplications, useServicePrincipals } from './useAccess'

/** Programs that sign in by themselves. */
export function Applications() {
  const applications = useApplications()
  const principals = useServicePrincipals()
  const [adding, setAdding] = useState(false)
  const again = () => {
    void applications.refetch()
    void principals.refetch()
  }
  const error = applications.error ?? principals.error
  return (
    <Frame
      part="applications"
      subtitle="Programs that sign in by themselves, with secrets or with the tokens of another issuer."
      actions={
        <GuardedButton
          action={CHANGE}
          scope={EVERYTHING}
          appearance="primary"
          icon={<Add20Regular />}
          onClick={() => setAdding(true)}
        >
          Register an application
        </GuardedButton>
      }
    >
      {error && <ProblemMessage problem={asProblem(error)} onRetry={again} />}
      {applications.isPending || principals.isPending ? (
        <LoadingRows what="the applications" onRetry={again} />
      ) : applications.data === undefined ? null : applications.data.length === 0 ? (
        <EmptyState
          title="No application is registered yet"
          text="A program that is to call this server by itself gets an application, and a role."
        />
      ) : (
        <DataTable
          label="applications"
          rows={applications.data}
          columns={columnsOf(principals.data ?? [])}
          keyOf={one => one.id}
          wordsOf={one => `${one.displayName} ${one.appId}`}
          sortBy={{ column: 'name' }}
        />
      )}
      {adding && <RegisterDialog onClose={() => setAdding(false)} />}
    </Frame>
  )
}

function columnsOf(principals: readonly ServicePrincipal[]): Column<Application>[] {
  const of = (one: Application) => principals.find(principal => principal.appId === one.appId)
  return [
    {
      id: 'name',
      title: 'Name',
      show: one => (
        <span>
          <PageLink to={`/access/applications/${one.id}`}>{one.displayName}</PageLink>
          <Text size={200} block font="monospace" style={{ color: tokens.colorNeutralForeground3 }}>
            {one.appId}
          </Text>
        </span>
      ),
      sortBy: one => one.displayName,
    },
    {
      id: 'state',
      title: 'State',
      show: one => <ApplicationState principal={of(one)} />,
      sortBy: one => (of(one)?.accountEnabled ? 'Enabled' : 'Disabled'),
    },
    {
      id: 'secrets',
      title: 'Secrets',
      kind: 'number',
      show: one => one.passwordCredentials.length,
      sortBy: one => one.passwordCredentials.length,
    },
    {
      id: 'ends',
      title: 'Next secret ends',
      show: one => <Time at={nextEnd(one)} />,
      sortBy: nextEnd,
      narrow: 'hidden',
    },
    {
      id: 'since',
      title: 'Since',
      show: one => <Time at={one.createdDateTime} />,
      sortBy: one => one.createdDateTime,
      narrow: 'hidden',
    },
  ]
}

export function ApplicationState({ principal }: { principal: ServicePrincipal | undefined }) {
  if (!principal) return <StateBadge tone="off">No service principal</StateBadge>
  return (
    <StateBadge tone={principal.accountEnabled ? 'good' : 'off'}>
      {principal.accountEnabled ? 'Enabled' : 'Disabled'}
    </StateBadge>
  )
}

function nextEnd(one: Application): string | undefined {
  const ends = one.passwordCredentials.map(secret => secret.endDateTime).filter(end => end != null)
  return ends.sort()[0]
}

function RegisterDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const navigate = useNavigate()

  async function register() {
    const made = await ask(directory.POST('/v1.0/applications', { body: { displayName: name.trim() } }))
    try {
      await askFor(directory.POST('/v1.0/servicePrincipals', { body: { appId: made.appId } }))
    } finally {
      await Promise.all([readAnew(['applications']), readAnew(['servicePrincipals'])])
    }
    void navigate(`/access/applications/${made.id}`)
  }

  return (
    <FormDialog
      title="Register an application"
      action="Register"
      isReady={name.trim() !== ''}
      onSubmit={register}
      onClose={onClose}
    >
      <Field label="Name" required hint="What people call it. It can do nothing until it has a secret and a role.">
        <Input value={name} onChange={(_, data) => setName(data.value)} maxLength={256} autoComplete="off" />
      </Field>
    </FormDialog>
  )
}
