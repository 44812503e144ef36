import { Badge, Link } from '@fluentui/react-components'
import { useState } from 'react'
import { asProblem } from '../../api/problem'
import type { Role } from '../../api/roles'
import { useRoles } from '../../api/useRights'
import { type Column, DataTable } from '../../components/DataTable'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { Frame } from './Frame'
import { RoleDialog } from './RoleDialog'
import { ScopeSelect } from './ScopeSelect'
import { useScopes } from './useScopes'

const BUILT_IN = <span style={{ whiteSpace: 'nowrap' }}>Built in</span>

/** The roles that can be given, and what each may do. */
export function Roles() {
  const { choices, chosen, choose } = useScopes()
  const roles = useRoles(chosen?.scope ?? '/')
  const [open, setOpen] = useState<Role>()
  const columns: Column<Role>[] = [
    {
      id: 'name',
      title: 'Role',
      show: role => <Link onClick={() => setOpen(role)}>{role.properties.roleName}</Link>,
      sortBy: role => role.properties.roleName,
    },
    {
      id: 'type',
      title: 'Kind',
      show: role => (role.properties.type === 'CustomRole' ? <Badge appearance="outline">Made here</Badge> : BUILT_IN),
      sortBy: role => role.properties.type,
    },
    { id: 'what', title: 'What it is for', show: role => role.properties.description ?? '', narrow: 'hidden' },
    {
      id: 'actions',
      title: 'Patterns',
      kind: 'number',
      show: role => countOf(role),
      sortBy: countOf,
      narrow: 'hidden',
    },
  ]
  return (
    <Frame
      part="roles"
      subtitle="What can be given to people and applications. Roles of your own come from the command line."
    >
      {roles.error && <ProblemMessage problem={asProblem(roles.error)} onRetry={() => void roles.refetch()} />}
      {roles.isPending ? (
        <LoadingRows what="the roles" onRetry={() => void roles.refetch()} />
      ) : (
        roles.data && (
          <DataTable
            label="roles"
            rows={roles.data}
            columns={columns}
            keyOf={role => role.name}
            wordsOf={role => `${role.properties.roleName} ${role.properties.description ?? ''}`}
            tools={chosen && <ScopeSelect choices={choices} value={chosen.value} onChoose={choose} />}
            sortBy={{ column: 'name' }}
          />
        )
      )}
      {open && <RoleDialog role={open} onClose={() => setOpen(undefined)} />}
    </Frame>
  )
}

function countOf(role: Role): number {
  return role.properties.permissions.reduce(
    (sum, block) => sum + block.actions.length + (block.dataActions?.length ?? 0),
    0,
  )
}
