import { Text, tokens } from '@fluentui/react-components'
import type { Schemas } from '../../api/client'
import { asProblem } from '../../api/problem'
import { CopyField } from '../../components/CopyField'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge, type Tone } from '../../components/StateBadge'
import type { CatalogModel } from './model'
import { useBinding } from './useCatalog'

type Binding = Schemas['CatalogBinding']

const KINDS: Record<string, string> = {
  engine: 'the embedded engine',
  upstream: 'another API',
  simulator: 'the simulator, which makes its answers up',
  forecaster: 'statistics in the server itself',
  pool: 'several backends',
}

/** What serves a model, in words. */
export function kindName(kind: string | undefined): string {
  return KINDS[kind ?? ''] ?? kind ?? 'nothing'
}

const WORKERS: Record<string, { word: string; tone: Tone }> = {
  starting: { word: 'Starting', tone: 'busy' },
  ready: { word: 'Ready', tone: 'good' },
  'backing-off': { word: 'Failed, tried again', tone: 'bad' },
  broken: { word: 'Broken', tone: 'bad' },
}

const BREAKERS: Record<string, { word: string; tone: Tone }> = {
  closed: { word: 'Answers', tone: 'good' },
  'half-open': { word: 'Tried again', tone: 'busy' },
  open: { word: 'Left alone after failures', tone: 'bad' },
}

/** What serves the model and how it is doing. */
export function BackendStatus({ model }: { model: CatalogModel }) {
  const binding = useBinding(model)
  if (!model.binding) {
    return (
      <div style={{ display: 'flex', flexDirection: 'column', rowGap: 8 }}>
        <StateBadge tone="off">No backend</StateBadge>
        <Text>Nothing serves this model yet, so it cannot be deployed. An operator binds it:</Text>
        <CopyField text={bindCommand(model)} label="the command that binds the model" />
      </div>
    )
  }
  return (
    <div style={{ display: 'flex', flexDirection: 'column', rowGap: 8 }}>
      <Text>Served by {kindName(model.binding.kind)}.</Text>
      {binding.error && <ProblemMessage problem={asProblem(binding.error)} onRetry={() => void binding.refetch()} />}
      {binding.data && <Members binding={binding.data} />}
      {!binding.isEnabled && (
        <Text size={200} style={{ color: tokens.colorNeutralForeground3 }}>
          How it is doing is seen by those who may read its binding.
        </Text>
      )}
    </div>
  )
}

function Members({ binding }: { binding: Binding }) {
  const worker = binding.worker
    ? (WORKERS[binding.worker.state] ?? { word: binding.worker.state, tone: 'off' })
    : undefined
  return (
    <>
      {worker && (
        <span>
          <StateBadge tone={worker.tone as Tone}>{`Worker: ${worker.word}`}</StateBadge>
          {binding.worker?.reason && <Text block>{binding.worker.reason}</Text>}
        </span>
      )}
      {binding.status.length === 0 && !worker && (
        <Text size={200} style={{ color: tokens.colorNeutralForeground3 }}>
          It is not asked before the first deployment.
        </Text>
      )}
      {binding.status.map(one => {
        const { word, tone } = BREAKERS[one.breaker] ?? { word: one.breaker, tone: 'off' as const }
        return (
          <div key={one.name}>
            <StateBadge tone={tone}>{`${one.name}: ${word}`}</StateBadge>
            <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
              {one.answered} answered, {one.failed} failed, {one.inFlight} in flight, {one.waiting} waiting
            </Text>
            {one.lastError && <Text size={200}>{one.lastError}</Text>}
          </div>
        )
      })}
    </>
  )
}

/** What an operator types so that something serves the model. */
export function bindCommand(model: CatalogModel): string {
  const how = model.task === 'forecasting' ? '--forecaster' : '--upstream URL'
  return `cupola catalog bind ${model.id} ${how}`
}
