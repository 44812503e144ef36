import { expect, test } from 'vitest'
import type { Endpoint } from '../useEndpoints'
import { commandIn, healthOf } from './health'
import type { CatalogModel } from './useModel'

function endpoint(provisioningState: string, endpointState: string): Endpoint {
  return {
    id: '/e',
    name: 'e',
    type: 't',
    location: 'eastus2',
    properties: { authMode: 'Key', provisioningState, endpointState },
  }
}

const MODEL = { id: 'azureml://registries/r/models/m', binding: { kind: 'engine' } } as CatalogModel
const backend = (breaker: string) => ({ name: breaker, breaker, lastError: null })

test('what keeps an endpoint from answering is told, the nearest first', () => {
  const check = (provisioning: string, state: string, model: CatalogModel | null | undefined, expected: string) =>
    expect(healthOf(endpoint(provisioning, state), model).kind).toBe(expected)
  check('Succeeded', 'Online', MODEL, 'good')
  check('Succeeded', 'Online', undefined, 'good')
  check('Succeeded', 'Online', null, 'good')
  check('Succeeded', 'Suspended', MODEL, 'suspended')
  check('Succeeded', 'Suspended', { ...MODEL, binding: null }, 'suspended')
  check('Succeeded', 'Online', { ...MODEL, binding: null }, 'unbound')
  check('Failed', 'CreationFailed', MODEL, 'failed')
  check('Creating', 'Creating', MODEL, 'busy')
  check('Succeeded', 'Reinstating', MODEL, 'busy')
  check('Succeeded', 'DeletionFailed', MODEL, 'unknown')
  const bound = (...breakers: string[]) => ({ ...MODEL, binding: { kind: 'pool', status: breakers.map(backend) } })
  check('Succeeded', 'Online', bound('open', 'closed'), 'good')
  check('Succeeded', 'Online', bound('open', 'open'), 'backend')
})

test('the command of a refusal is found', () => {
  const check = (message: string, expected: string | undefined) => expect(commandIn(message)).toBe(expected)
  check(
    'The model m is not bound to a backend. Bind it with: cupola catalog bind m --engine FILE_OR_DIR | --upstream URL | --simulator',
    'cupola catalog bind m --engine FILE_OR_DIR | --upstream URL | --simulator',
  )
  check(
    'The worker of m cannot run: no such file. Bind the model to a file that is one with: cupola catalog bind m --engine FILE_OR_DIR, then create the endpoint again.',
    'cupola catalog bind m --engine FILE_OR_DIR',
  )
  check('It is still loading its model.', undefined)
})
