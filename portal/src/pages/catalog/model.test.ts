import { expect, test } from 'vitest'
import { aModel } from './fixture.test-model'
import { contextName, isModel, isOffered, type Price, priceLine, priceOf } from './model'

function price(meter: string, unit: string, microUnitsPerMillion: number): Price {
  return { meter, unit, microUnitsPerMillion, currency: 'USD' }
}

test('a price is told for as many units as people speak of', () => {
  const check = (of: Price, amount: number, per: string) => {
    const told = priceOf(of)
    expect(told.amount).toBeCloseTo(amount, 9)
    expect(told.per).toBe(per)
  }
  check(price('prompt_tokens', 'token', 150_000), 0.15, '1M tokens')
  check(price('images', 'image', 40_000_000_000), 0.04, 'image')
  check(price('search_units', 'search unit', 2_000_000_000), 2, '1,000 search units')
})

test('the price in one line', () => {
  const check = (prices: Price[], line: RegExp) => expect(priceLine(aModel({ prices }))).toMatch(line)
  expect(priceLine(aModel())).toMatch(/0\.15 in, .*0\.60 out per 1M tokens/)
  check([price('prompt_tokens', 'token', 100_000)], /0\.10 per 1M tokens/)
  check([price('prompt_tokens', 'token', 125_000)], /0\.125 per 1M tokens/)
  check([price('images', 'image', 40_000_000_000)], /0\.04 per image/)
  check([], /Free of charge/)
})

test('contexts are told in thousands', () => {
  const told = [512, 1024, 8192, 131_072, 128_000, 200_000, 1_500_000].map(contextName)
  expect(told).toEqual(['512', '1K', '8K', '128K', '128K', '200K', '1.5M'])
})

test('a model without regions is offered everywhere, one with some only there', () => {
  expect(isOffered(aModel(), 'eastus2')).toBe(true)
  const model = aModel({ deploymentRegions: ['eastus2', 'swedencentral'] })
  expect(['East US 2', 'swedencentral', 'eastus'].map(region => isOffered(model, region))).toEqual([true, true, false])
})

test('ids are compared without case and without a version', () => {
  const check = (id: string | undefined, is: boolean) => expect(isModel(aModel(), id)).toBe(is)
  check('azureml://registries/ACME/models/House-Chat', true)
  check('azureml://registries/acme/models/house-chat/versions/3', true)
  check('azureml://registries/acme/models/house-chat-2', false)
  check(undefined, false)
})
