import { Label, makeStyles, Select, useId } from '@fluentui/react-components'
import { useGroup } from './useGroup'

const useStyles = makeStyles({
  root: { display: 'flex', alignItems: 'center', columnGap: '8px', minWidth: 0 },
  label: { whiteSpace: 'nowrap' },
})

/** Into which group is deployed, and whose history is shown. */
export function GroupPicker() {
  const styles = useStyles()
  const id = useId('group')
  const { group, groups, choose } = useGroup()
  const names = group && !groups.includes(group) ? [group, ...groups] : groups
  return (
    <div className={styles.root}>
      <Label htmlFor={id} className={styles.label}>
        Resource group
      </Label>
      <Select id={id} value={group ?? ''} onChange={(_, data) => choose(data.value)}>
        {names.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  )
}
