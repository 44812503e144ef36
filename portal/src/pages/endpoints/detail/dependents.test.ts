import { expect, test } from 'vitest'
import type { Endpoint } from '../useEndpoints'
import { dependentsOf } from './dependents'

const ENDPOINT: Endpoint = {
  id: '/subscriptions/s/serverlessEndpoints/hello',
  name: 'hello',
  type: 't',
  location: 'eastus2',
  properties: {
    authMode: 'Key',
    provisioningState: 'Succeeded',
    inferenceEndpoint: { uri: 'https://h/endpoints/r/hello' },
  },
}

function connection(name: string, target: string) {
  return { name, properties: { target } }
}

test('what leads to the endpoint is named, and its namesakes are not', () => {
  const found = dependentsOf(ENDPOINT, {
    requests: 3,
    connections: [
      connection('same', 'https://h/endpoints/r/HELLO'),
      connection('below', 'https://h/endpoints/r/hello/v1'),
      connection('namesake', 'https://h/endpoints/r/hello-2'),
    ],
    guards: [
      { name: 'guard', properties: { deploymentId: '/subscriptions/S/serverlessEndpoints/hello' } },
      { name: 'other', properties: {} },
    ],
  })
  expect(found).toEqual({ connections: ['same', 'below'], guards: ['guard'], requests: 3, hidden: [] })
})

test('what may not be seen is said', () => {
  const found = dependentsOf(ENDPOINT, { requests: undefined, connections: [], guards: undefined })
  expect(found.hidden).toEqual(['how much it is used', "the subscription's safety providers"])
})
