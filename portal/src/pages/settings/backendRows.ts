import type { Schemas } from '../../api/client'
import type { Tone } from '../../components/StateBadge'

export type Binding = Schemas['BackendBinding']

export interface BackendRow {
  id: string
  model: string
  registry: string
  backend: string
  kind: string
  where: string
  state: string
  tone: Tone
  reason: string | undefined
  inFlight: number | undefined
  waiting: number | undefined
  answered: number | undefined
  failed: number | undefined
}

/** A row for each backend of a model: what it is, and how it is doing. */
export function rowsOf(binding: Binding): BackendRow[] {
  const registry = /\/registries\/([^/]+)\//i.exec(binding.id)?.[1] ?? ''
  const several = binding.properties.backends
  const backends: Readonly<Record<string, unknown>>[] = several ?? [binding.properties]
  return backends.map(one => {
    const text = (name: string) => (typeof one[name] === 'string' ? one[name] : '')
    const name = text('name') || 'default'
    const status = binding.status?.find(known => known.name === name)
    const kind = text('kind')
    return {
      id: binding.id,
      model: binding.name,
      registry,
      backend: name,
      kind,
      where: text('url') || text('path'),
      ...stateOf(binding, kind, status),
      inFlight: status?.inFlight,
      waiting: status?.waiting,
      answered: status?.answered,
      failed: status?.failed,
    }
  })
}

type Status = NonNullable<Binding['status']>[number]

const WORKERS: Readonly<Record<string, { state: string; tone: Tone }>> = {
  starting: { state: 'Worker starts', tone: 'busy' },
  ready: { state: 'Worker ready', tone: 'good' },
  'backing-off': { state: 'Worker failed, starts again', tone: 'bad' },
  broken: { state: 'Worker broken', tone: 'bad' },
}

function stateOf(
  binding: Binding,
  kind: string,
  status: Status | undefined,
): { state: string; tone: Tone; reason: string | undefined } {
  const worker = kind === 'engine' ? binding.worker : undefined
  const known = WORKERS[worker?.state ?? '']
  if (worker && known && known.tone !== 'good') return { ...known, reason: worker.reason }
  const reason = status?.lastError ?? undefined
  if (status?.breaker === 'open') return { state: 'Paused after failures', tone: 'bad', reason }
  if (status?.breaker === 'half-open') return { state: 'Tried again', tone: 'busy', reason }
  if (known) return { ...known, reason }
  return status ? { state: 'Ready', tone: 'good', reason } : { state: 'Not used yet', tone: 'off', reason: undefined }
}
