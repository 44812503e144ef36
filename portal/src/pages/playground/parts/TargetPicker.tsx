import { Field, makeStyles, Select, Text, tokens } from '@fluentui/react-components'
import { PageLink } from '../../../components/PageLink'
import type { Target } from '../model/targets'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '4px', minWidth: 0 },
  select: { minWidth: 0, '& > select': { minWidth: 0, width: '100%', textOverflow: 'ellipsis' } },
  facts: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
})

interface Props {
  label: string
  targets: readonly Target[]
  chosen: Target | undefined
  onChoose: (id: string) => void
  /** Is there no room for what is said below it? */
  short?: boolean
}

/** Chooses who is asked. */
export function TargetPicker({ label, targets, chosen, onChoose, short = false }: Props) {
  const styles = useStyles()
  const endpoints = targets.filter(one => one.kind === 'endpoint')
  const deployments = targets.filter(one => one.kind === 'deployment')
  return (
    <div className={styles.root}>
      <Field label={label} size="small">
        <Select className={styles.select} value={chosen?.id ?? ''} onChange={(_, data) => onChoose(data.value)}>
          <Options label="Endpoints of this project" targets={endpoints} />
          <Options label="Deployments of accounts" targets={deployments} />
        </Select>
      </Field>
      {chosen && !short && (
        <Text size={200} className={styles.facts}>
          {[chosen.modelShown, chosen.region, chosen.ways.includes('key') ? 'with a key' : 'with your token'].join(
            ' · ',
          )}
        </Text>
      )}
      {chosen?.unready && (
        <Text size={200} role="status">
          It does not answer now: {chosen.unready}.{' '}
          {chosen.kind === 'endpoint' && <PageLink to={`/endpoints/${chosen.name}`}>See why</PageLink>}
        </Text>
      )}
    </div>
  )
}

function Options({ label, targets }: { label: string; targets: readonly Target[] }) {
  if (targets.length === 0) return null
  return (
    <optgroup label={label}>
      {targets.map(target => (
        <option key={target.id} value={target.id}>
          {target.label} ({target.modelShown}){target.unready ? ` – ${target.unready}` : ''}
        </option>
      ))}
    </optgroup>
  )
}
