import { Label, makeStyles, Select, useId } from '@fluentui/react-components'
import { WHOLE } from './target'
import { useTarget } from './useTarget'

const useStyles = makeStyles({
  root: { display: 'flex', alignItems: 'center', columnGap: '8px', minWidth: 0 },
  label: { whiteSpace: 'nowrap' },
  select: { minWidth: 0 },
})

/** Into which group is deployed, or into the subscription, and whose history is shown. */
export function TargetPicker() {
  const styles = useStyles()
  const id = useId('target')
  const { into, groups, subscriptionName, choose } = useTarget()
  const names = into && into !== WHOLE && !groups.includes(into) ? [into, ...groups] : groups
  return (
    <div className={styles.root}>
      <Label htmlFor={id} className={styles.label}>
        Deploy into
      </Label>
      <Select id={id} className={styles.select} value={into ?? ''} onChange={(_, data) => choose(data.value)}>
        <optgroup label="Resource group">
          {names.map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </optgroup>
        <optgroup label="Subscription">
          <option value={WHOLE}>{subscriptionName} (the subscription)</option>
        </optgroup>
      </Select>
    </div>
  )
}
