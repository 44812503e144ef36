import { Text } from '@fluentui/react-components'
import { Delete20Regular } from '@fluentui/react-icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { ask, askFor, directory } from '../../api/client'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import { Page } from '../../app/Page'
import { useToasts } from '../../app/toasts'
import { Card } from '../../components/Card'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { CopyField } from '../../components/CopyField'
import { EmptyState } from '../../components/EmptyState'
import { Facts } from '../../components/Facts'
import { GuardedButton } from '../../components/GuardedButton'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Time } from '../../components/Time'
import { ApplicationState } from './Applications'
import { CHANGE, DELETE, EVERYTHING } from './directory'
import { FederatedCredentials } from './FederatedCredentials'
import { Secrets } from './Secrets'
import { forgetPrincipal, useServicePrincipals } from './useAccess'

/** One application: what it proves itself with. */
export function ApplicationPage() {
  const { id = '' } = useParams()
  const client = useQueryClient()
  const navigate = useNavigate()
  const say = useToasts()
  const [doing, setDoing] = useState<'delete' | 'change'>()
  const application = useQuery({
    queryKey: ['applications', id],
    queryFn: ({ signal }) => ask(directory.GET('/v1.0/applications/{id}', { params: { path: { id } }, signal })),
  })
  const principals = useServicePrincipals()
  const problem = application.error ? asProblem(application.error) : undefined
  const one = application.data
  const principal = principals.data?.find(each => each.appId === one?.appId)

  async function remove() {
    await askFor(directory.DELETE('/v1.0/applications/{id}', { params: { path: { id } } }))
    await forgetPrincipal(['applications'])
    say('success', `${one?.displayName ?? 'The application'} was deleted`)
    void navigate('/access/applications')
    client.removeQueries({ queryKey: ['applications', id] })
  }

  async function change(accountEnabled: boolean) {
    if (!principal) return
    await askFor(
      directory.PATCH('/v1.0/servicePrincipals/{id}', {
        params: { path: { id: principal.id } },
        body: { accountEnabled },
      }),
    )
    await readAnew(['servicePrincipals'])
  }

  return (
    <Page
      title={one?.displayName ?? 'Application'}
      above={[
        { label: 'Access', to: '/access' },
        { label: 'Applications', to: '/access/applications' },
      ]}
      actions={
        one && (
          <>
            {principal && (
              <GuardedButton action={CHANGE} scope={EVERYTHING} onClick={() => setDoing('change')}>
                {principal.accountEnabled ? 'Disable' : 'Enable'}
              </GuardedButton>
            )}
            <GuardedButton
              action={DELETE}
              scope={EVERYTHING}
              icon={<Delete20Regular />}
              onClick={() => setDoing('delete')}
            >
              Delete
            </GuardedButton>
          </>
        )
      }
    >
      {problem?.status === 404 ? (
        <EmptyState
          title="There is no such application"
          text="It may have been deleted since the link was made."
          action={<LinkButton to="/access/applications">All applications</LinkButton>}
        />
      ) : (
        problem && <ProblemMessage problem={problem} onRetry={() => void application.refetch()} />
      )}
      {application.isPending && <LoadingRows what="the application" onRetry={() => void application.refetch()} />}
      {one && (
        <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' }}>
          <Card title="Facts">
            <Facts
              facts={[
                ['State', <ApplicationState key="state" principal={principal} />],
                ['Application id', <CopyField key="app" text={one.appId} label="the application id" />],
                [
                  'Object id, to which roles are given',
                  principal ? <CopyField key="sp" text={principal.id} label="the object id" /> : '–',
                ],
                ['Since', <Time key="since" at={one.createdDateTime} />],
              ]}
            />
          </Card>
          <Secrets application={one} />
          <FederatedCredentials application={one} />
          <Text>Roles are given to it under Access, Role assignments.</Text>
        </div>
      )}
      {doing === 'delete' && one && (
        <ConfirmDialog
          open
          onClose={() => setDoing(undefined)}
          title={`Delete ${one.displayName}?`}
          action="Delete"
          typed={one.displayName}
          onConfirm={remove}
        >
          Its {one.passwordCredentials.length} secrets stop working and its roles are taken away. Whatever signs in with
          it stops at once. There is no way back; disabling has one.
        </ConfirmDialog>
      )}
      {doing === 'change' && one && principal && (
        <ConfirmDialog
          open
          onClose={() => setDoing(undefined)}
          title={`${principal.accountEnabled ? 'Disable' : 'Enable'} ${one.displayName}?`}
          action={principal.accountEnabled ? 'Disable' : 'Enable'}
          onConfirm={() => change(!principal.accountEnabled)}
        >
          {principal.accountEnabled
            ? 'Whatever signs in with it is refused from now on. Secrets and roles stay.'
            : 'It can sign in again, with its secrets and roles from before.'}
        </ConfirmDialog>
      )}
    </Page>
  )
}
