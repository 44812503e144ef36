import { Button, Dropdown, makeStyles, Option } from '@fluentui/react-components'
import { Dismiss16Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { asProblem } from '../../api/problem'
import { meterName } from '../../components/meters'
import { FILTER_NAMES, type Filters, type View } from './question'
import { useChoices } from './useUsage'

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  filter: { minWidth: '150px', '@media (max-width: 767px)': { flexGrow: 1, flexBasis: '40%' } },
})

const TITLES: Record<keyof Filters, { one: string; all: string }> = {
  project: { one: 'Project', all: 'All projects' },
  endpoint: { one: 'Endpoint', all: 'All endpoints' },
  model: { one: 'Model', all: 'All models' },
  meter: { one: 'Meter', all: 'All meters' },
  key: { one: 'Key', all: 'All keys' },
}

interface Props {
  view: View
  nowMs: number
  onChange: (filters: Filters) => void
}

/** Which part of the usage is looked at. */
export function FilterBar({ view, nowMs, onChange }: Props) {
  const styles = useStyles()
  const { filters } = view
  const some = FILTER_NAMES.some(name => filters[name].length > 0)
  return (
    <search className={styles.root} aria-label="Filters of the usage">
      {FILTER_NAMES.map(name => (
        <Filter
          key={name}
          name={name}
          view={view}
          nowMs={nowMs}
          onChange={values => onChange({ ...filters, [name]: values })}
        />
      ))}
      {some && (
        <Button
          appearance="subtle"
          size="small"
          icon={<Dismiss16Regular />}
          onClick={() => onChange({ project: [], endpoint: [], model: [], meter: [], key: [] })}
        >
          Clear filters
        </Button>
      )}
    </search>
  )
}

interface FilterProps {
  name: keyof Filters
  view: View
  nowMs: number
  onChange: (values: readonly string[]) => void
}

function Filter({ name, view, nowMs, onChange }: FilterProps) {
  const styles = useStyles()
  const [open, setOpen] = useState(false)
  const choices = useChoices(view, nowMs, name, open)
  const chosen = view.filters[name]
  const show = (value: string) => (name === 'meter' ? meterName(value) : value)
  // What was chosen stays there to be taken away, even where it was not used in the period.
  const values = [...new Set([...choices.values, ...chosen])]
  const note = choices.error
    ? asProblem(choices.error).message
    : choices.isPending
      ? 'Waiting for what there is'
      : 'Nothing was used in this period'
  return (
    <Dropdown
      size="small"
      className={styles.filter}
      aria-label={`Filter by ${TITLES[name].one.toLowerCase()}`}
      placeholder={TITLES[name].all}
      multiselect
      open={open}
      onOpenChange={(_, data) => setOpen(data.open)}
      selectedOptions={[...chosen]}
      value={chosen.length > 2 ? `${TITLES[name].one}: ${chosen.length}` : chosen.map(show).join(', ')}
      onOptionSelect={(_, data) => onChange(data.selectedOptions)}
    >
      {values.length === 0 ? (
        <Option disabled value="" text={note}>
          {note}
        </Option>
      ) : (
        values.map(value => (
          <Option key={value} value={value} text={show(value)}>
            {show(value)}
          </Option>
        ))
      )}
    </Dropdown>
  )
}
