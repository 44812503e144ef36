import { Button, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, ask } from '../../../../api/client'
import { type ApiProblem, asProblem } from '../../../../api/problem'
import { useToasts } from '../../../../app/toasts'
import { Card } from '../../../../components/Card'
import { GuardedButton } from '../../../../components/GuardedButton'
import { ProblemMessage } from '../../../../components/ProblemMessage'
import { ENDPOINT, keyOf, type PartProps } from '../place'
import { useDraft } from '../useDraft'
import { complaintOf, type Draft, draftOf, type Holder, limitsOf, PUBLISHED } from './rates'

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', rowGap: '16px' },
  group: { display: 'flex', flexDirection: 'column', rowGap: '6px', margin: 0, padding: 0, border: 'none' },
  name: { fontWeight: tokens.fontWeightSemibold, padding: 0 },
  fields: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(160px, 1fr))', gap: '12px' },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
})

const GROUPS: readonly { holder: Holder; title: string }[] = [
  { holder: 'endpoint', title: 'Endpoint' },
  { holder: 'primary', title: 'Primary key' },
  { holder: 'secondary', title: 'Secondary key' },
]

/** Changes the limits of an endpoint and of its keys. */
export function LimitsForm({ endpoint, place }: PartProps) {
  const styles = useStyles()
  const say = useToasts()
  const queries = useQueryClient()
  const before = draftOf(endpoint.properties.rateLimits)
  const [draft, setDraft, drop] = useDraft<Draft>(`limits ${endpoint.id}`, before)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const isChanged = JSON.stringify(draft) !== JSON.stringify(before)
  const isGood = GROUPS.every(
    ({ holder }) => !complaintOf(draft[holder].tokens) && !complaintOf(draft[holder].requests),
  )

  function change(holder: Holder, field: 'tokens' | 'requests', value: string) {
    setDraft({ ...draft, [holder]: { ...draft[holder], [field]: value } })
  }

  async function save(event: FormEvent) {
    event.preventDefault()
    if (!isGood || busy) return
    setBusy(true)
    setProblem(undefined)
    try {
      const written = await ask(
        api.PATCH(ENDPOINT, {
          params: { path: place, header: endpoint.etag ? { 'If-Match': endpoint.etag } : {} },
          body: { properties: { rateLimits: limitsOf(draft) } },
        }),
      )
      drop()
      queries.setQueryData(keyOf(place), written)
      say('success', 'The limits are changed', 'They hold from the next request on.')
    } catch (error) {
      setProblem(asProblem(error))
      void queries.invalidateQueries({ queryKey: keyOf(place), exact: true })
    } finally {
      setBusy(false)
    }
  }

  return (
    <Card
      title="Change the limits"
      text="What is left empty is as published for the endpoint, and unlimited for a key. Two keys may be two teams."
    >
      <form className={styles.form} onSubmit={event => void save(event)}>
        {GROUPS.filter(group => group.holder === 'endpoint' || endpoint.properties.authMode !== 'AAD').map(
          ({ holder, title }) => (
            <fieldset key={holder} className={styles.group}>
              <legend className={styles.name}>{title}</legend>
              <div className={styles.fields}>
                {(['tokens', 'requests'] as const).map(field => (
                  <NumberField
                    key={field}
                    label={`${field === 'tokens' ? 'Tokens' : 'Requests'} per minute`}
                    name={`${title}: ${field} per minute`}
                    empty={
                      holder !== 'endpoint'
                        ? 'no limit'
                        : String(field === 'tokens' ? PUBLISHED.tokensPerMinute : PUBLISHED.requestsPerMinute)
                    }
                    value={draft[holder][field]}
                    onChange={value => change(holder, field, value)}
                  />
                ))}
              </div>
            </fieldset>
          ),
        )}
        {problem && <ProblemMessage problem={problem} />}
        <div className={styles.buttons}>
          <GuardedButton
            action="Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write"
            scope={endpoint.id}
            type="submit"
            appearance="primary"
            disabled={!isChanged || !isGood || busy}
          >
            Save limits
          </GuardedButton>
          <Button type="button" disabled={!isChanged || busy} onClick={() => setDraft(before)}>
            Discard
          </Button>
          {!isGood && <Text role="status">A field cannot be a limit.</Text>}
        </div>
      </form>
    </Card>
  )
}

interface NumberFieldProps {
  label: string
  name: string
  empty: string
  value: string
  onChange: (value: string) => void
}

function NumberField({ label, name, empty, value, onChange }: NumberFieldProps) {
  const complaint = complaintOf(value)
  return (
    <Field label={label} {...(complaint ? { validationMessage: complaint, validationState: 'error' as const } : {})}>
      <Input
        aria-label={name}
        inputMode="numeric"
        placeholder={empty}
        value={value}
        onChange={(_, data) => onChange(data.value)}
      />
    </Field>
  )
}
