import { Field, Input, Text, Textarea } from '@fluentui/react-components'
import { useKept } from '../../../components/useKept'
import { costText, type Usage } from '../model/cost'
import type { Target } from '../model/targets'
import { time } from '../parts/AnswerFacts'
import { AskedWhole } from '../parts/AskedWhole'
import { PlaygroundPage } from '../parts/PlaygroundPage'
import { TargetPicker } from '../parts/TargetPicker'
import { useAsked } from '../parts/useAsked'
import { useChosen } from '../parts/useChosen'
import { usePanel } from '../parts/usePanel'
import { matrix } from './cosine'
import { HeatMap } from './HeatMap'

const ROUTE = '/openai/v1/embeddings'
const TEXTS_MAX = 24
const EXAMPLE =
  'The cat sleeps on the sofa.\nA kitten naps on the couch.\nInterest rates rose again.\nThe bank raised its rates.'

interface Embedded {
  data: { index: number; embedding: number[] }[]
  usage?: Usage
}

/** How alike texts are to a model. */
export function EmbeddingsPage() {
  return <PlaygroundPage task="embedding">{targets => <Embeddings targets={targets} />}</PlaygroundPage>
}

function Embeddings({ targets }: { targets: readonly Target[] }) {
  const [id, setId] = useKept<string | undefined>('embeddings.target', undefined)
  const [text, setText] = useKept('embeddings.text', EXAMPLE)
  const [dimensions, setDimensions] = useKept('embeddings.dimensions', '')
  const asked = useAsked<Embedded>('embeddings')
  const target = useChosen(targets, id, setId)
  const texts = text.split('\n').filter(line => line.trim() !== '')
  const wanted = dimensions.trim() === '' ? undefined : Number(dimensions)
  const isWrong = wanted !== undefined && (!Number.isInteger(wanted) || wanted < 1)
  const isTooMany = texts.length > TEXTS_MAX
  const isReady = target !== undefined && texts.length > 0 && !isWrong && !isTooMany
  const request = () =>
    target && {
      target,
      route: ROUTE,
      body: { model: target.model, input: texts, ...(wanted === undefined ? {} : { dimensions: wanted }) },
    }
  return (
    <AskedWhole
      what="embeddings"
      target={target}
      asked={asked}
      request={request}
      isReady={isReady}
      action="Compare"
      waitedFor="the vectors"
      appears="A table of how alike the texts are appears here: 1 means the same direction, 0 nothing in common."
      result={found => <Result {...found} />}
    >
      <TargetPicker label="Model" targets={targets} chosen={target} onChoose={setId} />
      <Field
        label="Texts, one in each line"
        size="small"
        {...(isTooMany
          ? {
              validationState: 'error' as const,
              validationMessage: `At most ${TEXTS_MAX}; these are ${texts.length}.`,
            }
          : {})}
      >
        <Textarea rows={9} resize="vertical" value={text} onChange={(_, data) => setText(data.value)} />
      </Field>
      <Field
        label="Dimensions"
        size="small"
        {...(isWrong ? { validationState: 'error' as const, validationMessage: 'A whole number from 1 on.' } : {})}
      >
        <Input
          inputMode="numeric"
          placeholder="as many as the model has"
          value={dimensions}
          onChange={(_, data) => setDimensions(data.value)}
        />
      </Field>
    </AskedWhole>
  )
}

function Result({ answer, request, ms }: NonNullable<ReturnType<typeof useAsked<Embedded>>['found']>) {
  const panel = usePanel()
  const texts = request.body.input as string[]
  const vectors = [...answer.data].sort((one, other) => one.index - other.index).map(one => one.embedding)
  const facts = [
    request.target.label,
    `${vectors[0]?.length ?? 0} dimensions`,
    time(ms),
    `${(answer.usage?.prompt_tokens ?? 0).toLocaleString()} tokens`,
    ...costText(answer.usage ?? {}, request.target.prices),
  ]
  return (
    <>
      <HeatMap texts={texts} cosines={matrix(vectors)} />
      <Text size={200} className={panel.facts} data-facts>
        {facts.join(' · ')}
      </Text>
    </>
  )
}
