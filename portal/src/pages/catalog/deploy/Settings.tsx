import { Field, Input, makeStyles, Spinner, Switch, Text, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { limitOf } from './dryRun'
import type { Form } from './form'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '16px' },
  name: { maxWidth: '420px' },
  address: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    direction: 'ltr',
    unicodeBidi: 'isolate',
  },
  limits: { display: 'flex', flexWrap: 'wrap', gap: '16px' },
  limit: { width: '200px' },
  quiet: { color: tokens.colorNeutralForeground3 },
})

const NO_LIMIT = 'A whole number of at least 1, or nothing'

interface Props {
  form: Form
  onForm: (form: Form) => void
  /** What is wrong with the name, by the rule or by what others took. */
  nameFault: string | undefined
  isChecking: boolean
  isFree: boolean
  address: string | undefined
}

/** The settings of the endpoint: its name, what is screened, how much may go through. */
export function Settings({ form, onForm, nameFault, isChecking, isFree, address }: Props) {
  const styles = useStyles()
  let hint: ReactNode = 'The address of the endpoint has it: letters, digits and hyphens.'
  if (isChecking) hint = 'Looking whether the name is free'
  else if (isFree) hint = 'The name is free.'
  return (
    <div className={styles.root}>
      <Field
        className={styles.name}
        label="Name of the endpoint"
        required
        validationState={nameFault ? 'error' : isFree && !isChecking ? 'success' : 'none'}
        validationMessage={nameFault ?? hint}
        validationMessageIcon={!nameFault && isChecking ? <Spinner size="extra-tiny" aria-hidden="true" /> : undefined}
      >
        <Input
          value={form.name}
          onChange={(_, data) => onForm({ ...form, name: data.value })}
          autoComplete="off"
          spellCheck={false}
          maxLength={60}
        />
      </Field>
      {address && !nameFault && (
        <Text size={200}>
          Its address will be <span className={styles.address}>{address}</span>
        </Text>
      )}
      <div>
        <Switch
          label="Content filter"
          checked={form.contentSafety}
          onChange={(_, data) => onForm({ ...form, contentSafety: data.checked })}
        />
        <Text size={200} block className={styles.quiet}>
          {form.contentSafety
            ? 'Prompts and answers are screened for hate, violence, sexual content and self-harm.'
            : 'Nothing is screened: whoever has a key gets what the model says. Screen it yourself.'}
        </Text>
      </div>
      <div className={styles.limits}>
        <Limit
          label="Tokens per minute"
          value={form.tokensPerMinute}
          onValue={tokensPerMinute => onForm({ ...form, tokensPerMinute })}
        />
        <Limit
          label="Requests per minute"
          value={form.requestsPerMinute}
          onValue={requestsPerMinute => onForm({ ...form, requestsPerMinute })}
        />
      </div>
      <Text size={200} className={styles.quiet}>
        Without limits of your own those hold that are published for serverless endpoints. They can be changed later.
      </Text>
    </div>
  )
}

function Limit({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
  const styles = useStyles()
  const isWrong = limitOf(value) === null
  return (
    <Field
      className={styles.limit}
      label={label}
      validationState={isWrong ? 'error' : 'none'}
      validationMessage={isWrong ? NO_LIMIT : undefined}
    >
      <Input
        inputMode="numeric"
        value={value}
        placeholder="As published"
        onChange={(_, data) => onValue(data.value)}
        autoComplete="off"
      />
    </Field>
  )
}
