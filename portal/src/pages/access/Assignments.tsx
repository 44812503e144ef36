import { Link, MessageBar, MessageBarBody, Switch, Text, tokens } from '@fluentui/react-components'
import { Add20Regular, Delete16Regular, ShieldTask20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { api, askFor } from '../../api/client'
import { asProblem } from '../../api/problem'
import { readAnew } from '../../api/queryClient'
import type { Role } from '../../api/roles'
import { scoped } from '../../api/scoped'
import { useRoles } from '../../api/useRights'
import { useToasts } from '../../app/toasts'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { type Column, DataTable } from '../../components/DataTable'
import { GuardedButton } from '../../components/GuardedButton'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Time } from '../../components/Time'
import { AddAssignment } from './AddAssignment'
import { Frame } from './Frame'
import { LockNote } from './LockNote'
import { Principal, wordsOfPrincipal } from './Principal'
import { RoleDialog } from './RoleDialog'
import { type Assignment, covers, described, roleOf } from './rights'
import { ScopeSelect } from './ScopeSelect'
import { type DirectoryObject, useAssignments, useLocks, useNames } from './useAccess'
import { useScopes } from './useScopes'

/** Who holds which role here, and from where. */
export function Assignments() {
  const { choices, chosen, choose } = useScopes()
  const scope = chosen?.scope ?? '/'
  const [below, setBelow] = useState(false)
  const assignments = useAssignments(scope, below)
  const roles = useRoles(scope)
  const locks = useLocks(scope)
  const names = useNames((assignments.data ?? []).map(one => one.properties.principalId))
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Assignment>()
  const [role, setRole] = useState<Role>()
  const say = useToasts()
  const again = () => void assignments.refetch()

  async function remove(one: Assignment) {
    await askFor(
      api.DELETE('/{scope*}/providers/Microsoft.Authorization/roleAssignments/{id}', {
        params: { path: { 'scope*': one.properties.scope, id: one.name } },
        pathSerializer: scoped,
      }),
    )
    await readAnew(['roleAssignments'])
    say('success', 'The role was taken away')
  }

  return (
    <Frame
      part=""
      subtitle="Who may do what. A role holds at its scope and everywhere below it."
      actions={
        <>
          <GuardedButton
            action="Microsoft.Authorization/roleAssignments/write"
            scope={scope}
            appearance="primary"
            icon={<Add20Regular />}
            onClick={() => setAdding(true)}
            disabled={!chosen}
          >
            Add role assignment
          </GuardedButton>
          <LinkButton to="/access/check" icon={<ShieldTask20Regular />}>
            Check access
          </LinkButton>
        </>
      }
    >
      {locks.data && <LockNote locks={locks.data} scope={scope} />}
      {assignments.error ? (
        <>
          {chosen && <ScopeSelect choices={choices} value={chosen.value} onChoose={choose} />}
          <div style={{ height: 12 }} />
          <ProblemMessage problem={asProblem(assignments.error)} onRetry={again} />
        </>
      ) : assignments.isPending ? (
        <LoadingRows what="the role assignments" onRetry={again} />
      ) : (
        <>
          {names.error && (
            <MessageBar intent="warning">
              <MessageBarBody>The directory did not answer, so ids are shown in the place of names.</MessageBarBody>
            </MessageBar>
          )}
          <DataTable
            label="role assignments"
            rows={assignments.data}
            columns={columnsOf(scope, names.data, roles.data ?? [], setRole, setRemoving)}
            keyOf={one => one.id}
            wordsOf={one =>
              [
                wordsOfPrincipal(one.properties.principalId, names.data),
                roleOf(one, roles.data ?? [])?.properties.roleName,
                one.properties.scope,
              ].join(' ')
            }
            tools={
              <>
                {chosen && <ScopeSelect choices={choices} value={chosen.value} onChoose={choose} />}
                <Switch
                  checked={below}
                  onChange={(_, data) => setBelow(data.checked)}
                  label="Show what is held below too"
                />
              </>
            }
            sortBy={{ column: 'who' }}
          />
        </>
      )}
      {adding && chosen && <AddAssignment at={chosen} roles={roles.data ?? []} onClose={() => setAdding(false)} />}
      {role && <RoleDialog role={role} onClose={() => setRole(undefined)} />}
      {removing && (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title="Take this role away?"
          action="Take the role away"
          onConfirm={() => remove(removing)}
        >
          <Consequence one={removing} all={assignments.data ?? []} roles={roles.data ?? []} names={names.data} />
        </ConfirmDialog>
      )}
    </Frame>
  )
}

function columnsOf(
  scope: string,
  names: ReadonlyMap<string, DirectoryObject> | undefined,
  roles: readonly Role[],
  onRole: (role: Role) => void,
  onRemove: (one: Assignment) => void,
): Column<Assignment>[] {
  return [
    {
      id: 'who',
      title: 'Who',
      show: one => <Principal id={one.properties.principalId} type={one.properties.principalType} names={names} />,
      sortBy: one => wordsOfPrincipal(one.properties.principalId, names),
    },
    {
      id: 'role',
      title: 'Role',
      show: one => {
        const role = roleOf(one, roles)
        return role ? <Link onClick={() => onRole(role)}>{role.properties.roleName}</Link> : 'A role that is not there'
      },
      sortBy: one => roleOf(one, roles)?.properties.roleName,
    },
    {
      id: 'from',
      title: 'Held at',
      show: one => <HeldAt held={one.properties.scope} scope={scope} condition={one.properties.condition} />,
      sortBy: one => one.properties.scope,
    },
    {
      id: 'since',
      title: 'Since',
      show: one => <Time at={one.properties.createdOn} />,
      sortBy: one => one.properties.createdOn,
      narrow: 'hidden',
    },
    {
      id: 'remove',
      title: 'Change',
      kind: 'action',
      show: one => (
        <GuardedButton
          action="Microsoft.Authorization/roleAssignments/delete"
          scope={one.properties.scope}
          size="small"
          appearance="subtle"
          icon={<Delete16Regular />}
          label={`Take ${roleOf(one, roles)?.properties.roleName ?? 'the role'} away from ${wordsOfPrincipal(one.properties.principalId, names)}`}
          onClick={() => onRemove(one)}
        />
      ),
    },
  ]
}

function HeldAt({ held, scope, condition }: { held: string; scope: string; condition: string | null | undefined }) {
  const { kind, name } = described(held)
  const isHere = covers(held, scope) && covers(scope, held)
  const how = isHere ? 'This scope' : covers(held, scope) ? 'Inherited from above' : 'Below'
  return (
    <span title={held}>
      {isHere ? 'This scope' : `${kind} ${name}`.trim()}
      {(!isHere || condition) && (
        <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
          {[isHere ? undefined : how, condition ? 'has a condition, and does not count for rights' : undefined]
            .filter(Boolean)
            .join('; ')}
        </Text>
      )}
    </span>
  )
}

function Consequence({
  one,
  all,
  roles,
  names,
}: {
  one: Assignment
  all: readonly Assignment[]
  roles: readonly Role[]
  names: ReadonlyMap<string, DirectoryObject> | undefined
}) {
  const who = wordsOfPrincipal(one.properties.principalId, names)
  const { kind, name } = described(one.properties.scope)
  const left = all.filter(other => other.id !== one.id && other.properties.principalId === one.properties.principalId)
  const roleName = roleOf(one, roles)?.properties.roleName ?? 'This role'
  return (
    <Text>
      {who} loses {roleName} at {`${kind} ${name}`.trim()} and at everything below it.{' '}
      {left.length === 0
        ? 'No other role is left there.'
        : `What is left: ${left.map(other => roleOf(other, roles)?.properties.roleName ?? 'a role').join(', ')}.`}
    </Text>
  )
}
