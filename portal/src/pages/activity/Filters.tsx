import { Button, Input, makeStyles, Select } from '@fluentui/react-components'
import { Dismiss12Regular } from '@fluentui/react-icons'
import { useEffect, useState } from 'react'
import { useScope } from '../../app/scope/ScopeContext'
import { described } from '../access/rights'
import { SPANS, type Wanted } from './activity'

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center', marginBlockEnd: '12px' },
  select: { minWidth: '150px' },
  // Of the form: in one that is as wide as what is in it, a part of its width is no width.
  who: { width: 'min(260px, 100%)' },
  caller: { width: '100%' },
})

/** What the server is asked for; the words above the table narrow what came. */
export function Filters({ wanted, onWant }: { wanted: Wanted; onWant: (next: Partial<Wanted>) => void }) {
  const styles = useStyles()
  const { names } = useScope()
  const [caller, setCaller] = useState(wanted.caller)
  useEffect(() => setCaller(wanted.caller), [wanted.caller])
  const chips: readonly (readonly [keyof Wanted, string, string])[] = [
    ['resource', 'At', describe(wanted.resource)],
    ['correlation', 'Correlation', wanted.correlation],
  ]
  return (
    <div className={styles.root}>
      <Select
        className={styles.select}
        aria-label="Time"
        value={String(wanted.hours)}
        onChange={(_, data) => onWant({ hours: Number(data.value) })}
      >
        {SPANS.map(span => (
          <option key={span.hours} value={span.hours}>
            {span.label}
          </option>
        ))}
      </Select>
      <Select
        className={styles.select}
        aria-label="Status"
        value={wanted.status}
        onChange={(_, data) => onWant({ status: data.value })}
      >
        <option value="">Every status</option>
        <option value="Succeeded">Succeeded</option>
        <option value="Accepted">Accepted</option>
        <option value="Failed">Failed</option>
      </Select>
      <Select
        className={styles.select}
        aria-label="Scope"
        value={wanted.group}
        onChange={(_, data) => onWant({ group: data.value })}
      >
        <option value="">Whole subscription</option>
        {names?.group && <option value={names.group}>Group {names.group}</option>}
        {wanted.group && wanted.group !== names?.group && <option value={wanted.group}>Group {wanted.group}</option>}
      </Select>
      <form
        className={styles.who}
        onSubmit={event => {
          event.preventDefault()
          onWant({ caller })
        }}
      >
        <Input
          className={styles.caller}
          aria-label="Who"
          placeholder="Who: user name or id, Enter"
          value={caller}
          onChange={(_, data) => setCaller(data.value)}
          onBlur={() => caller !== wanted.caller && onWant({ caller })}
          spellCheck={false}
        />
      </form>
      {chips
        .filter(([field]) => wanted[field])
        .map(([field, label, value]) => (
          <Button
            key={field}
            size="small"
            shape="circular"
            icon={<Dismiss12Regular />}
            iconPosition="after"
            aria-label={`Clear the filter ${label} ${value}`}
            onClick={() => onWant({ [field]: '' })}
          >
            {label}: {value}
          </Button>
        ))}
    </div>
  )
}

function describe(resource: string): string {
  const { kind, name } = described(resource)
  return `${kind} ${name}`
}
