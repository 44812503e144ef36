import { expect, test } from 'vitest'
import { addressOf } from './address'

const DISCOVERY = 'https://cupola.example:8443/discovery'

function at(uri: string, name = 'one', location = 'eastus2') {
  return { name, location, properties: { inferenceEndpoint: { uri } } }
}

test('an endpoint that is there has the address that it says', () => {
  expect(addressOf('one', 'eastus2', [at('https://h/endpoints/eastus2/one')], DISCOVERY)).toBe(
    'https://h/endpoints/eastus2/one',
  )
})

test('one that is not is told as the others are', () => {
  expect(addressOf('two', 'westus', [at('https://h:1/base/endpoints/eastus2/one')], DISCOVERY)).toBe(
    'https://h:1/base/endpoints/westus/two',
  )
  expect(addressOf('two', 'westus', [at('https://one.eastus2.models.example.com')], DISCOVERY)).toBe(
    'https://two.westus.models.example.com',
  )
})

test('without any other it is below the address of the workspace', () => {
  expect(addressOf('two', 'westus', [], DISCOVERY)).toBe('https://cupola.example:8443/endpoints/westus/two')
  expect(addressOf('two', 'westus', [], undefined)).toBeUndefined()
})
