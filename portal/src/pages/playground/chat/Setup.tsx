import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  Field,
  Input,
  makeStyles,
  Select,
  Switch,
  Textarea,
  tokens,
} from '@fluentui/react-components'
import { useNarrow } from '../../../components/useNarrow'
import { parametersOf, type Settings } from './settings'

const useStyles = makeStyles({
  root: {
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    minWidth: 0,
  },
  fields: { display: 'flex', flexDirection: 'column', rowGap: '12px', paddingBlock: '4px 14px' },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '10px', '& > *': { minWidth: 0 } },
  input: { minWidth: 0 },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
})

const EXAMPLE_TOOL = '[\n  { "type": "function", "function": { "name": "get_weather", "parameters": { … } } }\n]'

interface Props {
  settings: Settings
  onChange: (what: Partial<Settings>) => void
}

/** What goes with every prompt. */
export function Setup({ settings, onChange }: Props) {
  const styles = useStyles()
  const isNarrow = useNarrow()
  const { faults } = parametersOf(settings)
  const wrong = (field: keyof Settings) =>
    faults[field] ? ({ validationState: 'error', validationMessage: faults[field] } as const) : {}
  return (
    <section className={styles.root} aria-label="Setup">
      <Accordion multiple collapsible defaultOpenItems={isNarrow ? [] : ['system', 'parameters']}>
        <AccordionItem value="system">
          <AccordionHeader>System prompt</AccordionHeader>
          <AccordionPanel>
            <div className={styles.fields}>
              <Textarea
                aria-label="System prompt"
                placeholder="You are a helpful assistant."
                resize="vertical"
                rows={4}
                value={settings.system}
                onChange={(_, data) => onChange({ system: data.value })}
              />
            </div>
          </AccordionPanel>
        </AccordionItem>
        <AccordionItem value="parameters">
          <AccordionHeader>Parameters</AccordionHeader>
          <AccordionPanel>
            <div className={styles.fields}>
              <div className={styles.pair}>
                <NumberField label="Temperature" field="temperature" {...{ settings, onChange, wrong }} />
                <NumberField label="Top P" field="topP" {...{ settings, onChange, wrong }} />
                <NumberField label="Max tokens" field="maxTokens" {...{ settings, onChange, wrong }} />
                <NumberField label="Seed" field="seed" {...{ settings, onChange, wrong }} />
              </div>
              <Field label="Stop, one in each line" size="small" {...wrong('stop')}>
                <Textarea
                  size="small"
                  rows={2}
                  value={settings.stop}
                  onChange={(_, data) => onChange({ stop: data.value })}
                />
              </Field>
              <Switch
                label="Show the answer as it comes"
                checked={settings.stream}
                onChange={(_, data) => onChange({ stream: data.checked })}
              />
            </div>
          </AccordionPanel>
        </AccordionItem>
        <AccordionItem value="format">
          <AccordionHeader>Format and tools</AccordionHeader>
          <AccordionPanel>
            <div className={styles.fields}>
              <Field label="Format of the answer" size="small">
                <Select
                  value={settings.format}
                  onChange={(_, data) => onChange({ format: data.value as Settings['format'] })}
                >
                  <option value="text">Text</option>
                  <option value="json_object">JSON object</option>
                  <option value="json_schema">JSON that fits a schema</option>
                </Select>
              </Field>
              {settings.format === 'json_schema' && (
                <Field label="JSON schema" size="small" {...wrong('schema')}>
                  <Textarea
                    textarea={{ className: styles.code, spellCheck: false }}
                    rows={6}
                    resize="vertical"
                    placeholder='{ "type": "object", "properties": { … } }'
                    value={settings.schema}
                    onChange={(_, data) => onChange({ schema: data.value })}
                  />
                </Field>
              )}
              <Field label="Tools, as JSON" size="small" {...wrong('tools')}>
                <Textarea
                  textarea={{ className: styles.code, spellCheck: false }}
                  rows={6}
                  resize="vertical"
                  placeholder={EXAMPLE_TOOL}
                  value={settings.tools}
                  onChange={(_, data) => onChange({ tools: data.value })}
                />
              </Field>
            </div>
          </AccordionPanel>
        </AccordionItem>
      </Accordion>
    </section>
  )
}

interface NumberProps extends Props {
  label: string
  field: 'temperature' | 'topP' | 'maxTokens' | 'seed'
  wrong: (field: keyof Settings) => object
}

function NumberField({ label, field, settings, onChange, wrong }: NumberProps) {
  const styles = useStyles()
  return (
    <Field label={label} size="small" {...wrong(field)}>
      <Input
        className={styles.input}
        input={{ size: 1 }}
        inputMode="decimal"
        placeholder="default"
        value={settings[field]}
        onChange={(_, data) => onChange({ [field]: data.value })}
      />
    </Field>
  )
}
