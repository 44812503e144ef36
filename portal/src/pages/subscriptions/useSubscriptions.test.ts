import { expect, test } from 'vitest'
import { aModel } from '../catalog/fixture.test-model'
import { dependants } from './useSubscriptions'

const PLAN = { publisherId: 'acme', offerId: 'offer', planId: 'plan' }

function sold(id: string, offerId = 'offer') {
  return aModel({ id, soldBy: 'partner', offer: { ...PLAN, offerId } })
}

function endpoint(name: string, modelId: string) {
  return {
    id: name,
    name,
    type: 'endpoint',
    location: 'eastus2',
    properties: { authMode: 'Key' as const, provisioningState: 'Succeeded', modelSettings: { modelId } },
  }
}

function names(modelId: string, plan: typeof PLAN | undefined) {
  const subscription = {
    id: 's',
    name: 's',
    type: 's',
    properties: { modelId, ...(plan ? { marketplacePlan: plan } : {}) },
  }
  const endpoints = [endpoint('one', 'A'), endpoint('two', 'b'), endpoint('three', 'c'), endpoint('four', 'gone')]
  return dependants(subscription, endpoints, [sold('a'), sold('b'), sold('c', 'other')]).map(one => one.name)
}

test('a subscription carries every model of its offer, and no other', () => {
  expect(names('a', PLAN)).toEqual(['one', 'two'])
})

test('a model that has left the catalog is still known by its id', () => {
  expect(names('gone', PLAN)).toEqual(['one', 'two', 'four'])
  expect(names('gone', undefined)).toEqual(['four'])
})
