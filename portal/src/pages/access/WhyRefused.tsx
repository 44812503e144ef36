import { Button, Field, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { useSearch } from '../../app/useSearch'
import { Card } from '../../components/Card'
import { Explanation } from '../../components/Explanation'

const REQUEST = 'request'

/** Why a request was refused, by the id that its answer had. It is in the address, so that other pages lead to it. */
export function WhyRefused() {
  const [search, setSearch] = useSearch()
  const id = search.get(REQUEST) ?? ''
  const [text, setText] = useState(id)
  const explain = () =>
    setSearch(
      old => {
        const next = new URLSearchParams(old)
        next.set(REQUEST, text.trim())
        return next
      },
      { replace: true },
    )
  return (
    <Card title="Why was this refused?">
      <form
        onSubmit={event => {
          event.preventDefault()
          if (text.trim()) explain()
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
