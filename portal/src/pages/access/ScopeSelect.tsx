import { makeStyles, Select } from '@fluentui/react-components'
import type { ScopeChoice } from './useScopes'

const useStyles = makeStyles({ root: { width: 'min(340px, 100%)' } })

interface Props {
  choices: readonly ScopeChoice[]
  value: string
  onChoose: (value: string) => void
}

/** The scope that is looked at. */
export function ScopeSelect({ choices, value, onChoose }: Props) {
  const styles = useStyles()
  return (
    <Select className={styles.root} aria-label="Scope" value={value} onChange={(_, data) => onChoose(data.value)}>
      {choices.map(one => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ))}
    </Select>
  )
}
