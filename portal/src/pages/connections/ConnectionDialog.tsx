import { Field, Input, Select, Switch, Textarea } from '@fluentui/react-components'
import { useState } from 'react'
import { api, askFor } from '../../api/client'
import { readAnew } from '../../api/queryClient'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { useToasts } from '../../app/toasts'
import { FormDialog } from '../../components/FormDialog'
import { CATEGORIES, isPlain, readKeys, waysOf, wordsOfField } from './kinds'

/** Makes an endpoint or a store known to the project. */
export function ConnectionDialog({ onClose }: { onClose: () => void }) {
  const { path, workspace } = useWorkspace()
  const say = useToasts()
  const [name, setName] = useState('')
  const [category, setCategory] = useState('Serverless')
  const [auth, setAuth] = useState('ApiKey')
  const [target, setTarget] = useState('')
  const [resource, setResource] = useState('')
  const [isShared, setShared] = useState(false)
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({})
  const ways = waysOf(category)
  const way = ways.find(one => one.name === auth) ?? ways[0]
  const { keys, wrong } = readKeys(fields.keys ?? '')
  const isHub = workspace?.kind?.toLowerCase() === 'hub'
  const isFilled =
    name.trim() !== '' &&
    wrong === undefined &&
    (way?.required ?? []).every(field => (fields[field] ?? '').trim() !== '') &&
    (category !== 'Serverless' || target.trim() !== '')

  function credentials(): Record<string, unknown> | undefined {
    const all = [...(way?.required ?? []), ...(way?.optional ?? [])]
    const given = all.filter(field => (fields[field] ?? '').trim() !== '')
    if (given.length === 0) return undefined
    return Object.fromEntries(given.map(field => [field, field === 'keys' ? keys : fields[field]?.trim()]))
  }

  async function add() {
    if (!way) return
    const sent = credentials()
    await askFor(
      api.PUT(
        '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections/{name}',
        {
          params: { path: { ...path, name: name.trim() } },
          body: {
            properties: {
              category,
              authType: way.name,
              target: target.trim(),
              isSharedToAll: isHub && isShared,
              ...(sent ? { credentials: sent } : {}),
              ...(resource.trim() ? { metadata: { ResourceId: resource.trim() } } : {}),
            },
          },
        },
      ),
    )
    await readAnew(['connections'])
    say('success', `${name.trim()} is connected`)
    onClose()
  }

  return (
    <FormDialog
      title="Add a connection"
      action="Add the connection"
      isReady={isFilled}
      onSubmit={add}
      onClose={onClose}
    >
      <Field label="Kind" required>
        <Select value={category} onChange={(_, data) => setCategory(data.value)}>
          {CATEGORIES.map(one => (
            <option key={one.name} value={one.name}>
              {one.words}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Name" required hint="Programs look it up by this. A connection of this name is replaced.">
        <Input value={name} onChange={(_, data) => setName(data.value)} autoComplete="off" spellCheck={false} />
      </Field>
      <Field
        label="Leads to"
        required={category === 'Serverless'}
        hint="The address, such as the target URI of an endpoint"
      >
        <Input value={target} onChange={(_, data) => setTarget(data.value)} autoComplete="off" spellCheck={false} />
      </Field>
      {category === 'AIServices' && (
        <Field label="Id of the account" required hint="/subscriptions/…/Microsoft.CognitiveServices/accounts/NAME">
          <Input value={resource} onChange={(_, data) => setResource(data.value)} spellCheck={false} />
        </Field>
      )}
      {ways.length > 1 && (
        <Field label="Signs in by" required>
          <Select value={way?.name ?? ''} onChange={(_, data) => setAuth(data.value)}>
            {ways.map(one => (
              <option key={one.name} value={one.name}>
                {one.words}
              </option>
            ))}
          </Select>
        </Field>
      )}
      {way &&
        [...way.required, ...way.optional].map(field => {
          const change = (value: string) => setFields(old => ({ ...old, [field]: value }))
          const required = way.required.includes(field)
          if (field === 'keys') {
            return (
              <Field
                key={field}
                label="Keys"
                required
                hint="One a line, as name=value"
                {...(wrong ? { validationState: 'error' as const, validationMessage: `No name=value: ${wrong}` } : {})}
              >
                <Textarea value={fields.keys ?? ''} onChange={(_, data) => change(data.value)} spellCheck={false} />
              </Field>
            )
          }
          return (
            <Field key={field} label={wordsOfField(field)} required={required}>
              <Input
                type={isPlain(field) ? 'text' : 'password'}
                value={fields[field] ?? ''}
                onChange={(_, data) => change(data.value)}
                autoComplete="off"
              />
            </Field>
          )
        })}
      {isHub && (
        <Switch
          checked={isShared}
          onChange={(_, data) => setShared(data.checked)}
          label="Every project of this hub may use it"
        />
      )}
    </FormDialog>
  )
}
