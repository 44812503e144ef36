import { Field, Input, makeStyles, Select, Text, Textarea } from '@fluentui/react-components'
import { type Complaint, type Parameter, typed } from './template'

const useStyles = makeStyles({
  root: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(300px, 100%), 1fr))', gap: '14px' },
  title: { margin: 0, marginBlockEnd: '8px' },
})

interface Props {
  parameters: readonly Parameter[]
  texts: Readonly<Record<string, string>>
  complaints: readonly Complaint[]
  onText: (name: string, text: string) => void
}

/** The parameters of a template, each as what it is. What is left empty has the template's own value. */
export function ParameterForm({ parameters, texts, complaints, onText }: Props) {
  const styles = useStyles()
  if (parameters.length === 0) return null
  return (
    <section aria-label="Parameters">
      <Text as="h2" size={400} weight="semibold" block className={styles.title}>
        Parameters
      </Text>
      <div className={styles.root}>
        {parameters.map(parameter => {
          const text = texts[parameter.name] ?? ''
          const value = text === '' ? undefined : typed(parameter, text)
          const told = complaints.find(one => one.target === `parameters.${parameter.name}`)?.message
          const wrong = value instanceof Error ? value.message : told
          return (
            <Field
              key={parameter.name}
              label={parameter.name}
              required={!parameter.hasDefault}
              hint={[parameter.type, parameter.description].filter(Boolean).join(': ')}
              validationState={wrong ? 'error' : 'none'}
              {...(wrong ? { validationMessage: wrong } : {})}
            >
              <Control parameter={parameter} text={text} onText={next => onText(parameter.name, next)} />
            </Field>
          )
        })}
      </div>
    </section>
  )
}

interface ControlProps {
  parameter: Parameter
  text: string
  onText: (text: string) => void
}

function Control({ parameter, text, onText, ...field }: ControlProps) {
  const { type, allowed, standard, hasDefault } = parameter
  const shown = typeof standard === 'string' ? standard : JSON.stringify(standard)
  const usual = hasDefault ? `Default: ${shown === '' ? 'empty' : shown}` : ''
  const choices = type === 'bool' ? ['true', 'false'] : type === 'array' ? [] : allowed.map(String)
  if (choices.length > 0) {
    return (
      <Select {...field} value={text} onChange={(_, data) => onText(data.value)}>
        <option value="">{usual || 'Choose'}</option>
        {choices.map(choice => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </Select>
    )
  }
  if (type === 'array' || type === 'object') {
    return <Textarea {...field} value={text} placeholder={usual} onChange={(_, data) => onText(data.value)} />
  }
  const isSecret = type.startsWith('secure')
  return (
    <Input
      {...field}
      type={isSecret ? 'password' : 'text'}
      autoComplete={isSecret ? 'new-password' : 'off'}
      inputMode={type === 'int' ? 'numeric' : 'text'}
      spellCheck={false}
      value={text}
      placeholder={isSecret ? '' : usual}
      onChange={(_, data) => onText(data.value)}
    />
  )
}
