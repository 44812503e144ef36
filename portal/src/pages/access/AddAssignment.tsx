import { Field, Input, Select, Text } from '@fluentui/react-components'
import { useState } from 'react'
import { api, askFor } from '../../api/client'
import { readAnew } from '../../api/queryClient'
import { newId } from '../../api/random'
import type { Role } from '../../api/roles'
import { scoped } from '../../api/scoped'
import { useToasts } from '../../app/toasts'
import { FormDialog } from '../../components/FormDialog'
import { type Picked, PrincipalPicker } from './PrincipalPicker'
import { RolePermissions } from './RolePermissions'
import type { ScopeChoice } from './useScopes'

interface Props {
  at: ScopeChoice
  roles: readonly Role[]
  onClose: () => void
}

/** Gives somebody a role at a scope. */
export function AddAssignment({ at, roles, onClose }: Props) {
  const [who, setWho] = useState<Picked>()
  const [roleId, setRoleId] = useState('')
  const [description, setDescription] = useState('')
  const say = useToasts()
  const role = roles.find(one => one.name === roleId)

  async function add() {
    if (!who || !role) return
    await askFor(
      api.PUT('/{scope*}/providers/Microsoft.Authorization/roleAssignments/{id}', {
        params: { path: { 'scope*': at.scope, id: newId() } },
        pathSerializer: scoped,
        body: {
          properties: {
            roleDefinitionId: role.id,
            principalId: who.id,
            principalType: who.type,
            ...(description ? { description } : {}),
          },
        },
      }),
    )
    await readAnew(['roleAssignments'])
    say('success', `${who.name} has ${role.properties.roleName} now`)
    onClose()
  }

  return (
    <FormDialog
      title={`Give a role at ${at.label}`}
      action="Give the role"
      isReady={who !== undefined && role !== undefined}
      onSubmit={add}
      onClose={onClose}
    >
      <PrincipalPicker picked={who} onPick={setWho} />
      <Field label="Role" required>
        <Select value={roleId} onChange={(_, data) => setRoleId(data.value)}>
          <option value="">Choose a role</option>
          {roles.map(one => (
            <option key={one.name} value={one.name}>
              {one.properties.roleName}
            </option>
          ))}
        </Select>
      </Field>
      {role && <RolePermissions role={role} isShort />}
      <Field label="Why, for whoever looks at it later">
        <Input value={description} onChange={(_, data) => setDescription(data.value)} maxLength={1024} />
      </Field>
      <Text size={200}>It holds at {at.label} and everywhere below it, at once.</Text>
    </FormDialog>
  )
}
