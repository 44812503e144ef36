// Whether an endpoint answers, and where it does not, why and what to do about it.

import type { Endpoint } from '../useEndpoints'
import type { CatalogModel } from './useModel'

export type Health =
  | { kind: 'good' }
  | { kind: 'busy'; what: string }
  /** The marketplace subscription is gone. */
  | { kind: 'suspended' }
  /** It could not be deployed; the operation says why. */
  | { kind: 'failed' }
  /** Nothing serves its model any more. */
  | { kind: 'unbound'; command: string }
  /** What serves its model does not answer. */
  | { kind: 'backend'; backends: readonly { name: string; breaker: string; lastError?: string | null }[] }
  | { kind: 'unknown'; state: string }

/** What is to be told about an endpoint; the model is not known to everybody. */
export function healthOf(endpoint: Endpoint, model: CatalogModel | null | undefined): Health {
  const { provisioningState, endpointState } = endpoint.properties
  if (provisioningState === 'Failed') return { kind: 'failed' }
  if (provisioningState !== 'Succeeded') return { kind: 'busy', what: provisioningState }
  if (endpointState === 'Suspended') return { kind: 'suspended' }
  if (endpointState === 'Creating' || endpointState === 'Reinstating' || endpointState === 'Deleting') {
    return { kind: 'busy', what: endpointState }
  }
  if (endpointState !== 'Online') return { kind: 'unknown', state: endpointState ?? 'Unknown' }
  if (model && model.binding === null) {
    return { kind: 'unbound', command: bindCommand(model.id) }
  }
  const backends = model?.binding?.status ?? []
  if (backends.length > 0 && backends.every(one => one.breaker === 'open')) return { kind: 'backend', backends }
  return { kind: 'good' }
}

/** The command that gives a model something that infers. */
export function bindCommand(model: string): string {
  return `cupola catalog bind ${model} --simulator`
}

/** The first command that a refusal tells people to type. */
export function commandIn(message: string): string | undefined {
  const found = /(?:with: |: )(cupola [^\n]*?)(?:, then |\. |$)/.exec(message)
  return found?.[1]
}
