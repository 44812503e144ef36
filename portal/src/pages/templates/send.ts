// Templates are sent as the text that was typed, so that lines in complaints are those of the editor; refusals are read whole,
// because what is wrong stands deep in them.

import { api, type Schemas } from '../../api/client'
import { followOperation, operationOf } from '../../api/operation'
import { readProblem } from '../../api/problem'
import type { Change } from './difference'
import { at, ONE, type Place } from './target'
import { type Complaint, complaintsOf } from './template'

export interface Wanted {
  /** JSON as text, or what a compiler made. */
  template: unknown
  parameters: Record<string, { value: unknown }>
  mode: 'Incremental' | 'Complete'
  /** Where the record is kept, of what is deployed into a subscription. */
  location?: string | undefined
}

interface Answered {
  error?: unknown
  response: Response
}

// What is wrong with the template is the person's to mend; anything else is a problem of the page.
function judged({ error, response }: Answered): Complaint[] {
  if (response.ok) return []
  if (response.status !== 400) {
    throw readProblem(response.status, error, response.headers.get('x-ms-request-id') ?? undefined)
  }
  return complaintsOf(error)
}

/** What Bicep becomes, and what its compiler says. */
export async function compileBicep(text: string, signal: AbortSignal) {
  const answer = await api.POST('/providers/Cupola.Resources/compileBicep', {
    params: {},
    body: { bicep: text },
    signal,
  })
  if (!answer.data) {
    throw readProblem(answer.response.status, answer.error, answer.response.headers.get('x-ms-request-id') ?? undefined)
  }
  const complaints = answer.data.diagnostics.map(one => ({ ...one, target: '' }))
  return { template: answer.data.template ?? undefined, complaints }
}

// The region stands beside the properties.
function bodyOf({ location, ...properties }: Wanted) {
  return { properties, ...(location ? { location } : {}) }
}

/** What would be refused. */
export async function validate(place: Place, wanted: Wanted, signal: AbortSignal): Promise<Complaint[]> {
  return judged(await api.POST(`${ONE}/validate`, { ...at(place), body: bodyOf(wanted), signal }))
}

/** What would change; complaints where it cannot be said. */
export async function whatIf(place: Place, wanted: Wanted, signal: AbortSignal) {
  const answer = await api.POST(`${ONE}/whatIf`, { ...at(place), body: bodyOf(wanted), signal })
  const complaints = judged(answer)
  const address = operationOf(answer.response)
  if (complaints.length > 0 || !address) return { complaints, changes: [] }
  const told: unknown = await followOperation(address, () => {}, signal)
  return { complaints, changes: (told as { properties?: { changes?: Change[] } }).properties?.changes ?? [] }
}

/** Begins a deployment; complaints where it is refused. */
export async function deploy(place: Place, wanted: Wanted): Promise<Complaint[]> {
  return judged(await api.PUT(ONE, { ...at(place), body: bodyOf(wanted) }))
}

export type Deployment = Schemas['Deployment']
export type Step = Schemas['DeploymentStep']
