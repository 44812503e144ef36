import { Button, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components'
import { type FormEvent, useState } from 'react'
import { useNavigate } from 'react-router'

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
  const [text, setText] = useState('')
  const id = text.trim()
  function explain(event: FormEvent) {
    event.preventDefault()
    if (id) void navigate(`/access/check?request=${encodeURIComponent(id)}`)
  }
  return (
    <search className={styles.root} aria-label="Explain a request">
      <form className={styles.form} onSubmit={explain}>
        <Field label="Explain a request by its id" className={styles.field}>
          <Input
            value={text}
            onChange={(_, data) => setText(data.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
          />
        </Field>
        <Button type="submit" disabled={id === ''}>
          Explain
        </Button>
      </form>
      <Text size={200} className={styles.quiet}>
        Refusals are not in the list. Of what the content filter blocked, the id in x-ms-request-id of the answer tells
        more here. A wrong key and what was over a limit are counted among the metrics; their ids are in the access log
        of the server alone.
      </Text>
    </search>
  )
}
