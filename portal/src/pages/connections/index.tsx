import { Badge, Button, Text, tokens } from '@fluentui/react-components'
import { Add20Regular, ArrowClockwise20Regular, Delete16Regular, Key16Regular } from '@fluentui/react-icons'
import { type ReactElement, useState } from 'react'
import { api, askFor } from '../../api/client'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import { Page } from '../../app/Page'
import { useScope, useWorkspace } from '../../app/scope/ScopeContext'
import { useToasts } from '../../app/toasts'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { type Column, DataTable } from '../../components/DataTable'
import { EmptyState } from '../../components/EmptyState'
import { GuardedButton } from '../../components/GuardedButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Time } from '../../components/Time'
import { projectId } from '../catalog/useHere'
import { ConnectionDialog } from './ConnectionDialog'
import { CATEGORIES, WAYS } from './kinds'
import { SecretsDialog } from './SecretsDialog'
import { type Connection, holderId, holderOf, useConnections } from './useConnections'

/** Other people's endpoints and stores that a project knows, with the credentials that they take. */
export default function Connections() {
  const { path, workspace } = useWorkspace()
  const { workspaces } = useScope()
  const connections = useConnections()
  const say = useToasts()
  const [doing, setDoing] = useState<{ what: 'add' | 'secrets' | 'delete'; one?: Connection }>()
  const again = () => void connections.refetch()
  const close = () => setDoing(undefined)
  const one = doing?.one
  const scope = projectId(path)

  async function remove(connection: Connection) {
    await askFor(
      api.DELETE(
        '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections/{name}',
        { params: { path: { ...path, name: connection.name } } },
      ),
    )
    // Also those of the projects with which it was shared.
    await readAnew(['connections'])
    say('success', `${connection.name} was deleted`)
  }

  // Projects of this hub use what it shares.
  const sharing = workspaces
    .filter(other => workspace && other.properties.hubResourceId?.toLowerCase() === workspace.id.toLowerCase())
    .map(other => other.name)

  return (
    <Page
      title="Connections"
      subtitle={`Endpoints and stores elsewhere that ${path.workspace} knows. Their credentials are sealed.`}
      actions={
        <>
          <AddButton scope={scope} icon={<Add20Regular />} onClick={() => setDoing({ what: 'add' })} />
          <Button icon={<ArrowClockwise20Regular />} onClick={again}>
            Refresh
          </Button>
        </>
      }
    >
      {connections.error && <ProblemMessage problem={asProblem(connections.error)} onRetry={again} />}
      {connections.isPending ? (
        <LoadingRows what="the connections" onRetry={again} />
      ) : connections.data === undefined ? null : connections.data.length === 0 ? (
        <EmptyState
          title="Nothing is connected yet"
          text="Connect an endpoint or a store, so that whoever works in this project finds its address and its key in one place."
          action={<AddButton scope={scope} onClick={() => setDoing({ what: 'add' })} />}
        />
      ) : (
        <DataTable
          label="connections"
          rows={connections.data}
          columns={columnsOf(path.workspace, (what, connection) => setDoing({ what, one: connection }))}
          keyOf={connection => connection.id}
          wordsOf={connection =>
            `${connection.name} ${connection.properties.category} ${connection.properties.target ?? ''}`
          }
          sortBy={{ column: 'name' }}
        />
      )}
      {doing?.what === 'add' && <ConnectionDialog onClose={close} />}
      {doing?.what === 'secrets' && one && <SecretsDialog connection={one} onClose={close} />}
      {doing?.what === 'delete' && one && (
        <ConfirmDialog
          open
          onClose={close}
          title={`Delete ${one.name}?`}
          action="Delete the connection"
          onConfirm={() => remove(one)}
        >
          <Text>
            Its credentials are deleted with it; {one.properties.target || 'what it leads to'} itself stays.{' '}
            {one.properties.isSharedToAll && sharing.length > 0
              ? `It is shared: ${sharing.join(', ')} lose it too.`
              : 'Programs that look it up by this name do not find it any more.'}
          </Text>
        </ConfirmDialog>
      )}
    </Page>
  )
}

function AddButton({ scope, ...look }: { scope: string; icon?: ReactElement; onClick: () => void }) {
  return (
    <GuardedButton
      action="Microsoft.MachineLearningServices/workspaces/connections/write"
      scope={scope}
      appearance="primary"
      {...look}
    >
      Add a connection
    </GuardedButton>
  )
}

function columnsOf(here: string, onDo: (what: 'secrets' | 'delete', one: Connection) => void): Column<Connection>[] {
  const isOwn = (one: Connection) => holderOf(one).toLowerCase() === here.toLowerCase()
  return [
    {
      id: 'name',
      title: 'Name',
      show: one => (
        <span>
          <Text weight="semibold">{one.name}</Text>{' '}
          {one.properties.isSharedToAll && <Badge appearance="outline">Shared</Badge>}
          {!isOwn(one) && (
            <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
              of the hub {holderOf(one)}
            </Text>
          )}
        </span>
      ),
      sortBy: one => one.name,
    },
    { id: 'kind', title: 'Kind', show: kindOf, sortBy: kindOf },
    {
      id: 'target',
      title: 'Leads to',
      show: one => one.properties.target || '–',
      sortBy: one => one.properties.target,
      narrow: 'hidden',
    },
    { id: 'auth', title: 'Signs in by', show: wayOf, sortBy: wayOf, narrow: 'hidden' },
    {
      id: 'created',
      title: 'Created',
      show: one => <Time at={one.systemData?.createdAt} />,
      sortBy: one => one.systemData?.createdAt,
      narrow: 'hidden',
    },
    {
      id: 'change',
      title: 'Change',
      kind: 'action',
      show: one => (
        <span style={{ whiteSpace: 'nowrap' }}>
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action"
            scope={one.id}
            within={holderId(one)}
            label={`Credentials of ${one.name}`}
            size="small"
            appearance="subtle"
            icon={<Key16Regular />}
            onClick={() => onDo('secrets', one)}
          />
          {isOwn(one) && (
            <GuardedButton
              action="Microsoft.MachineLearningServices/workspaces/connections/delete"
              scope={one.id}
              within={holderId(one)}
              label={`Delete ${one.name}`}
              size="small"
              appearance="subtle"
              icon={<Delete16Regular />}
              onClick={() => onDo('delete', one)}
            />
          )}
        </span>
      ),
    },
  ]
}

function kindOf(one: Connection): string {
  return CATEGORIES.find(known => known.name === one.properties.category)?.words ?? one.properties.category
}

function wayOf(one: Connection): string {
  return WAYS.find(known => known.name === one.properties.authType)?.words ?? one.properties.authType
}
