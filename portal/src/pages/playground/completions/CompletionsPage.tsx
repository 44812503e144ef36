import { Button, Field, Input, Text, Textarea } from '@fluentui/react-components'
import { Stop20Filled } from '@fluentui/react-icons'
import { useEffect, useRef } from 'react'
import { CopyButton } from '../../../components/CopyButton'
import { useKept } from '../../../components/useKept'
import { parametersOf, type Settings, START } from '../chat/settings'
import { type Answer, begun, follow } from '../model/answer'
import type { Target } from '../model/targets'
import { useLacked } from '../model/useLacked'
import { AnswerFacts } from '../parts/AnswerFacts'
import { CodeDialog } from '../parts/CodeDialog'
import { FindingList } from '../parts/FindingList'
import { PlaygroundPage } from '../parts/PlaygroundPage'
import { RefusalMessage } from '../parts/RefusalMessage'
import { TargetPicker } from '../parts/TargetPicker'
import { useChosen } from '../parts/useChosen'
import { usePanel } from '../parts/usePanel'
import { Waiting } from '../parts/Waiting'
import { SendButton } from '../SendButton'

const ROUTE = '/openai/v1/completions'

/** A text that a model goes on with. */
export function CompletionsPage() {
  return <PlaygroundPage task="completion">{targets => <Completions targets={targets} />}</PlaygroundPage>
}

function Completions({ targets }: { targets: readonly Target[] }) {
  const panel = usePanel()
  const [id, setId] = useKept<string | undefined>('completions.target', undefined)
  const [prompt, setPrompt] = useKept('completions.prompt', '')
  const [settings, setSettings] = useKept<Settings>('completions.settings', { ...START, maxTokens: '64' })
  const [answer, setAnswer] = useKept<Answer | undefined>('completions.answer', undefined)
  const controller = useRef<AbortController>(undefined)
  const target = useChosen(targets, id, setId)
  const lacked = useLacked(target)
  const { parameters, faults } = parametersOf(settings)
  const isBusy = answer?.state === 'waiting' || answer?.state === 'streaming'
  const isReady = target !== undefined && prompt !== '' && Object.keys(faults).length === 0
  const request = () =>
    target && {
      target,
      route: ROUTE,
      body: { model: target.model, prompt, ...parameters, stream: true, stream_options: { include_usage: true } },
    }

  // Nobody is left who would read it.
  useEffect(() => () => controller.current?.abort(), [])

  const ask = () => {
    const asked = request()
    if (!asked) return
    controller.current?.abort()
    const mine = new AbortController()
    controller.current = mine
    const start = begun(asked.target, asked.route, asked.body)
    setAnswer(start)
    void follow(start, mine.signal, next => {
      if (controller.current === mine) setAnswer(next)
    })
  }
  const field = (name: 'temperature' | 'topP' | 'maxTokens' | 'seed', label: string) => (
    <Field
      label={label}
      size="small"
      {...(faults[name] ? { validationState: 'error' as const, validationMessage: faults[name] } : {})}
    >
      <Input
        input={{ size: 1 }}
        inputMode="decimal"
        placeholder="default"
        value={settings[name]}
        onChange={(_, data) => setSettings({ ...settings, [name]: data.value })}
      />
    </Field>
  )
  return (
    <div className={panel.columns}>
      <section className={panel.card} aria-label="What is asked">
        <TargetPicker label="Model" targets={targets} chosen={target} onChoose={setId} />
        <Field label="Text to go on with" size="small">
          <Textarea
            rows={7}
            resize="vertical"
            placeholder="Cupola is"
            value={prompt}
            onChange={(_, data) => setPrompt(data.value)}
          />
        </Field>
        <div className={panel.pair}>
          {field('maxTokens', 'Max tokens')}
          {field('temperature', 'Temperature')}
          {field('topP', 'Top P')}
          {field('seed', 'Seed')}
        </div>
        <div className={panel.row}>
          {isBusy ? (
            <Button icon={<Stop20Filled />} onClick={() => controller.current?.abort()}>
              Stop
            </Button>
          ) : (
            <SendButton target={target} lacked={lacked} disabled={!isReady} onClick={ask}>
              Go on
            </SendButton>
          )}
          <CodeDialog what="completions" request={request} disabled={!isReady} />
        </div>
      </section>
      <section className={panel.card} aria-label="What came back" aria-busy={isBusy}>
        {!answer ? (
          <Text className={panel.quiet}>What the model adds appears here, after your text.</Text>
        ) : (
          <>
            <Text as="p" dir="auto" style={{ margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              <span className={panel.quiet}>{String(answer.body.prompt ?? '')}</span>
              <span data-added>{answer.text}</span>
            </Text>
            {answer.state === 'waiting' && <Waiting />}
            {answer.problem && <RefusalMessage problem={answer.problem} onRetry={ask} />}
            {answer.finish === 'content_filter' && <Text role="status">The content filter ended the text here.</Text>}
            {!answer.problem && <FindingList findings={answer.findings} />}
            <div className={panel.row}>
              <AnswerFacts answer={answer} />
              {answer.text !== '' && !isBusy && <CopyButton text={answer.text} label="Copy what was added" />}
            </div>
          </>
        )}
      </section>
    </div>
  )
}
