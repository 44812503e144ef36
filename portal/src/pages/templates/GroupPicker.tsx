import { Field, Select } from '@fluentui/react-components'
import { useGroup } from './useGroup'

/** Into which group is deployed, and whose history is shown. */
export function GroupPicker() {
  const { group, groups, choose } = useGroup()
  const names = group && !groups.includes(group) ? [group, ...groups] : groups
  return (
    <Field label="Resource group" orientation="horizontal">
      <Select value={group ?? ''} onChange={(_, data) => choose(data.value)}>
        {names.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  )
}
