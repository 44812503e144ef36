import { Button, Field, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { Card } from '../../components/Card'
import { Explanation } from '../../components/Explanation'

/** Why a request was refused, by the id that its answer had. */
export function WhyRefused() {
  const [text, setText] = useState('')
  const [id, setId] = useState<string>()
  return (
    <Card title="Why was this refused?">
      <form
        onSubmit={event => {
          event.preventDefault()
          setId(text.trim() || undefined)
        }}
        style={{ display: 'flex', flexDirection: 'column', gap: 12, alignItems: 'start' }}
      >
        <Field
          label="Id of the request"
          hint="It is below every refusal, and in x-ms-request-id"
          style={{ width: '100%' }}
        >
          <Input
            value={text}
            onChange={(_, data) => setText(data.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
          />
        </Field>
        <Button type="submit" disabled={text.trim() === ''}>
          Explain
        </Button>
      </form>
      {id && <Explanation id={id} />}
    </Card>
  )
}
