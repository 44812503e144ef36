import {
  Button,
  Dropdown,
  InteractionTag,
  InteractionTagPrimary,
  InteractionTagSecondary,
  makeStyles,
  Option,
  TagGroup,
} from '@fluentui/react-components'
import { Filter20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { useNarrow } from '../../components/useNarrow'
import { type Choice, FACETS, type Facet, optionsOf } from './filters'
import type { CatalogModel } from './model'

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  facet: {
    minWidth: '132px',
    '& button': { whiteSpace: 'nowrap' },
    '@media (max-width: 767px)': { width: '100%', minWidth: 0 },
  },
  tags: { flexWrap: 'wrap', rowGap: '6px', alignItems: 'center' },
})

interface Props {
  models: readonly CatalogModel[]
  choice: Choice
  onChoice: (choice: Choice) => void
  regionName: (region: string) => string
}

/** A list of values for each facet, and what is chosen of them as tags that can be taken away. */
export function CatalogFilters({ models, choice, onChoice, regionName }: Props) {
  const styles = useStyles()
  const isNarrow = useNarrow()
  const [open, setOpen] = useState(false)
  const chosen = FACETS.flatMap(facet => (choice.values[facet.key] ?? []).map(value => ({ facet, value })))
  const nameOf = (facet: Facet, value: string) =>
    facet.key === 'region' ? regionName(value) : (facet.nameOf?.(value) ?? value)
  const change = (facet: Facet, values: readonly string[]) =>
    onChoice({ ...choice, values: { ...choice.values, [facet.key]: values } })

  return (
    <>
      {isNarrow && (
        <Button icon={<Filter20Regular />} aria-expanded={open} onClick={() => setOpen(!open)}>
          {chosen.length > 0 ? `Filters (${chosen.length})` : 'Filters'}
        </Button>
      )}
      {(!isNarrow || open) && (
        <fieldset className={styles.row} style={{ border: 'none', margin: 0, padding: 0 }} aria-label="Filters">
          {FACETS.map(facet => (
            <FacetList
              key={facet.key}
              facet={facet}
              options={optionsOf(facet, models, choice)}
              chosen={choice.values[facet.key] ?? []}
              nameOf={value => nameOf(facet, value)}
              onChange={values => change(facet, values)}
            />
          ))}
        </fieldset>
      )}
      {chosen.length > 0 && (
        <TagGroup
          size="small"
          className={styles.tags}
          aria-label="Chosen filters"
          onDismiss={(_, data) => {
            const [key, value] = JSON.parse(String(data.value)) as [string, string]
            const facet = FACETS.find(one => one.key === key)
            if (facet)
              change(
                facet,
                (choice.values[key] ?? []).filter(one => one !== value),
              )
          }}
        >
          {chosen.map(({ facet, value }) => (
            <InteractionTag key={`${facet.key} ${value}`} value={JSON.stringify([facet.key, value])}>
              <InteractionTagPrimary hasSecondaryAction>
                {facet.title}: {nameOf(facet, value)}
              </InteractionTagPrimary>
              <InteractionTagSecondary aria-label={`Take away ${facet.title} ${nameOf(facet, value)}`} />
            </InteractionTag>
          ))}
          <Button size="small" appearance="transparent" onClick={() => onChoice({ words: choice.words, values: {} })}>
            Clear all
          </Button>
        </TagGroup>
      )}
    </>
  )
}

interface FacetProps {
  facet: Facet
  options: ReturnType<typeof optionsOf>
  chosen: readonly string[]
  nameOf: (value: string) => string
  onChange: (values: readonly string[]) => void
}

function FacetList({ facet, options, chosen, nameOf, onChange }: FacetProps) {
  const styles = useStyles()
  const title = chosen.length > 0 ? `${facet.title} (${chosen.length})` : facet.title
  return (
    <Dropdown
      multiselect
      className={styles.facet}
      aria-label={facet.title}
      placeholder={title}
      value={title}
      selectedOptions={[...chosen]}
      onOptionSelect={(_, data) => onChange(data.selectedOptions)}
    >
      {options.length === 0 ? (
        <Option disabled value="">
          No model is left
        </Option>
      ) : (
        options.map(({ value, count }) => (
          <Option key={value} value={value} text={nameOf(value)}>
            {nameOf(value)} ({count})
          </Option>
        ))
      )}
    </Dropdown>
  )
}
