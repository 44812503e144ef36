import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useNavigate } from 'react-router'
import { RequestIdForm } from '../../../../components/RequestIdForm'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '6px' },
  form: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'end' },
  field: { width: 'min(380px, 100%)' },
  quiet: { color: tokens.colorNeutralForeground2 },
})

/** Leads to what the record has under an id, which is more than the ledger, where everything was charged. */
export function ExplainById() {
  const styles = useStyles()
  const navigate = useNavigate()
  return (
    <search className={styles.root} aria-label="Explain a request">
      <RequestIdForm
        label="Explain a request by its id"
        onExplain={id => void navigate(`/access/check?request=${encodeURIComponent(id)}`)}
        className={styles.form}
        fieldClassName={styles.field}
      />
      <Text size={200} className={styles.quiet}>
        Refusals are not in the list. Of what the content filter blocked, the id in x-ms-request-id of the answer tells
        more here. A wrong key and what was over a limit are counted among the metrics; their ids are in the access log
        of the server alone.
      </Text>
    </search>
  )
}
