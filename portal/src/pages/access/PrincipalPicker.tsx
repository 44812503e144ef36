import { Combobox, Field, Option, Text, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import { asProblem } from '../../api/problem'
import { usePeople, useServicePrincipals } from './useAccess'

export interface Picked {
  id: string
  name: string
  type: 'User' | 'ServicePrincipal'
}

const SHOWN_MAX = 50

/** Finds a person or an application in the directory. */
export function PrincipalPicker({ picked, onPick }: { picked: Picked | undefined; onPick: (picked?: Picked) => void }) {
  const people = usePeople()
  const applications = useServicePrincipals()
  const [words, setWords] = useState('')
  const all: (Picked & { detail: string })[] = [
    ...(people.data ?? []).map(one => ({
      id: one.id,
      name: one.displayName,
      detail: one.userPrincipalName,
      type: 'User' as const,
    })),
    ...(applications.data ?? []).map(one => ({
      id: one.id,
      name: one.displayName,
      detail: 'Application',
      type: 'ServicePrincipal' as const,
    })),
  ]
  const wanted = words.trim().toLowerCase()
  const found = all.filter(one => `${one.name} ${one.detail} ${one.id}`.toLowerCase().includes(wanted))
  const error = people.error ?? applications.error
  return (
    <Field
      label="Person or application"
      required
      {...(error ? { validationState: 'error' as const, validationMessage: asProblem(error).message } : {})}
    >
      <Combobox
        style={{ minWidth: 0 }}
        inlinePopup
        positioning={{ strategy: 'fixed' }}
        placeholder={people.isPending || applications.isPending ? 'Asking the directory' : 'Type a name'}
        value={picked && words === '' ? picked.name : words}
        selectedOptions={picked ? [picked.id] : []}
        onChange={event => {
          setWords(event.target.value)
          onPick(undefined)
        }}
        onOptionSelect={(_, data) => {
          setWords('')
          onPick(all.find(one => one.id === data.optionValue))
        }}
      >
        {found.slice(0, SHOWN_MAX).map(one => (
          <Option key={one.id} value={one.id} text={one.name}>
            <span>
              {one.name}
              <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
                {one.detail}
              </Text>
            </span>
          </Option>
        ))}
        {found.length === 0 && (
          <Option disabled value="" text="Nobody">
            Nobody in the directory has this in the name.
          </Option>
        )}
        {found.length > SHOWN_MAX && (
          <Option disabled value="" text="More">
            {`${found.length - SHOWN_MAX} more: type more of the name.`}
          </Option>
        )}
      </Combobox>
    </Field>
  )
}
