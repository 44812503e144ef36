import { Badge, makeStyles } from '@fluentui/react-components'
import type { Finding } from '../model/refusal'

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: '6px', margin: 0, padding: 0, listStyleType: 'none' },
})

/** What a content filter found, by category. */
export function FindingList({ findings }: { findings: readonly Finding[] }) {
  const styles = useStyles()
  return (
    <ul className={styles.root} aria-label="What the content filter found">
      {findings.map(finding => (
        <li key={finding.category}>
          <Badge appearance="tint" color={finding.filtered ? 'danger' : 'informative'} shape="rounded">
            {finding.category}: {finding.what}
            {finding.filtered ? ', blocked' : ''}
          </Badge>
        </li>
      ))}
    </ul>
  )
}
