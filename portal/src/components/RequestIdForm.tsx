import { Button, Field, Input } from '@fluentui/react-components'
import { useState } from 'react'

interface Props {
  label: string
  hint?: string
  /** The id that stands there already. */
  start?: string
  onExplain: (id: string) => void
  /** The looks of the form and of its field. */
  className: string
  fieldClassName: string
}

/** Asks for the id of a request that is to be explained. */
export function RequestIdForm({ label, hint, start = '', onExplain, className, fieldClassName }: Props) {
  const [text, setText] = useState(start)
  const id = text.trim()
  return (
    <form
      className={className}
      onSubmit={event => {
        event.preventDefault()
        if (id) onExplain(id)
      }}
    >
      <Field label={label} {...(hint ? { hint } : {})} className={fieldClassName}>
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
  )
}
