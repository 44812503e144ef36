import { expect, test } from 'vitest'
import { type Circumstances, checks } from './eligibility'
import { aModel } from './fixture.test-model'

const OWNER = [{ actions: ['*'], notActions: [] }]
const READER = [{ actions: ['*/read'], notActions: [] }]
const PARTNER = aModel({
  soldBy: 'partner',
  publisher: 'Cohere',
  deploymentRegions: ['eastus2'],
  offerCountries: ['US', 'DE'],
})

function here(more: Partial<Circumstances> = {}): Circumstances {
  return {
    project: 'p',
    scope: '/subscriptions/s/p',
    region: 'eastus2',
    regionName: region => region.toUpperCase(),
    billingCountry: 'US',
    isSubscribed: false,
    permissions: OWNER,
    person: 'ann@example.com',
    ...more,
  }
}

function check(model: typeof PARTNER, around: Circumstances, states: Record<string, string>) {
  const found = Object.fromEntries(checks(model, around).map(one => [one.rule, one.state]))
  expect(found).toEqual(states)
}

test('a model that is sold directly is not asked for a country or a subscription', () => {
  check(aModel(), here(), { Region: 'met', Backend: 'met', 'Your rights': 'met' })
})

test('each rule is judged by itself', () => {
  const met = {
    Region: 'met',
    Backend: 'met',
    'Billing country': 'met',
    'Subscription to the offer': 'later',
    'Your rights': 'met',
  }
  check(PARTNER, here(), met)
  check(PARTNER, here({ isSubscribed: true }), { ...met, 'Subscription to the offer': 'met' })
  check(PARTNER, here({ region: 'westus' }), { ...met, Region: 'unmet' })
  check(PARTNER, here({ billingCountry: 'BR' }), { ...met, 'Billing country': 'unmet' })
  check(PARTNER, here({ billingCountry: undefined }), { ...met, 'Billing country': 'unknown' })
  check({ ...PARTNER, binding: null }, here(), { ...met, Backend: 'unmet' })
  check(PARTNER, here({ permissions: READER }), { ...met, 'Your rights': 'unmet' })
  check(PARTNER, here({ permissions: undefined }), { ...met, 'Your rights': 'unknown' })
})

test('what is not met says what to do', () => {
  const all = checks({ ...PARTNER, binding: null }, here({ region: 'westus', billingCountry: 'BR', permissions: [] }))
  for (const one of all.filter(other => other.state === 'unmet')) expect(one.fix, one.rule).toBeTruthy()
  expect(all.filter(one => one.state === 'unmet')).toHaveLength(4)
})

test('a subscription that is held needs no right to make one', () => {
  const permissions = [
    { actions: ['Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/*'], notActions: [] },
  ]
  const rights = (isSubscribed: boolean) =>
    checks(PARTNER, here({ permissions, isSubscribed })).find(one => one.rule === 'Your rights')
  expect(rights(true)?.state).toBe('met')
  expect(rights(false)?.state).toBe('unmet')
  expect(rights(false)?.says).toContain('marketplaceSubscriptions/write')
})
