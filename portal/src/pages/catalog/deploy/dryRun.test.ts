import { expect, test } from 'vitest'
import { aModel } from '../fixture.test-model'
import { complaintsOf, endpointBody, isAboutName, limitOf, nameFault, suggestedName, templateOf } from './dryRun'
import { freeName, wantedOf } from './form'

const WANTED = {
  project: 'p',
  region: 'eastus2',
  name: 'hello',
  model: aModel(),
  subscribeAs: undefined,
  contentSafety: true,
  tokensPerMinute: undefined,
  requestsPerMinute: undefined,
}

test('the dry run has what would be made, the subscription before the endpoint', () => {
  expect(templateOf(WANTED).resources.map(one => one.name)).toEqual(['p/hello'])
  const both = templateOf({ ...WANTED, subscribeAs: 'offer' }).resources
  expect(both.map(one => one.name)).toEqual(['p/offer', 'p/hello'])
  expect(JSON.stringify(both[1])).toContain("marketplaceSubscriptions', 'p', 'offer')]")
})

test('limits are in the body where there are any', () => {
  expect(endpointBody(WANTED).properties).not.toHaveProperty('rateLimits')
  expect(endpointBody({ ...WANTED, requestsPerMinute: 5, contentSafety: false }).properties).toMatchObject({
    rateLimits: { requestsPerMinute: 5 },
    contentSafety: { contentSafetyStatus: 'Disabled' },
  })
})

test('the innermost of a refusal is what it says', () => {
  const inner = { code: 'UserError', message: "Serverless endpoint name 'x' is not available. Please select another." }
  const body = { error: { code: 'A', message: 'outer', details: [{ code: 'B', message: 'middle', details: [inner] }] } }
  expect(complaintsOf(body)).toEqual([inner])
  expect(complaintsOf({ error: { code: 'A', message: 'alone' } })).toEqual([{ code: 'A', message: 'alone' }])
  expect(complaintsOf(undefined)).toEqual([])
  expect(isAboutName(inner)).toBe(true)
  expect(isAboutName({ code: '', message: 'The model x is not available in region West US.' })).toBe(false)
})

test('names keep the rule and are not taken twice', () => {
  const check = (name: string, isRight: boolean) => expect(nameFault(name, ['Taken']) === undefined, name).toBe(isRight)
  check('hello-1', true)
  check('a'.repeat(52), true)
  for (const wrong of ['', '1a', '-a', 'a_b', 'a b', 'a'.repeat(53), 'taken']) check(wrong, false)
})

test('a suggested name keeps the rule and is free', () => {
  const suggest = (name: string, taken: string[] = []) => suggestedName(aModel({ name }), taken)
  expect(suggest('Phi-3.5-mini')).toBe('phi-3-5-mini')
  expect(suggest('Phi', ['PHI', 'phi-2'])).toBe('phi-3')
  expect(suggest('7b')).toBe('model-7b')
  expect(nameFault(suggest(`${'x'.repeat(45)}.${'y'.repeat(80)}`), [])).toBeUndefined()
})

test('limits are whole numbers, or nothing', () => {
  expect(['', ' ', '1', ' 5000 ', '4294967295'].map(limitOf)).toEqual([undefined, undefined, 1, 5000, 4_294_967_295])
  expect(['0', '-1', '1.5', '1e3', 'x', '4294967296'].map(limitOf)).toEqual([null, null, null, null, null, null])
})

test('a form is a change once it is whole', () => {
  const form = { name: 'a', contentSafety: true, tokensPerMinute: '7', requestsPerMinute: '', hasAccepted: false }
  const around = { model: aModel(), project: 'p', region: 'eastus2', subscribeAs: undefined, taken: ['b'] }
  expect(wantedOf(form, around)).toMatchObject({ name: 'a', tokensPerMinute: 7, requestsPerMinute: undefined })
  expect(wantedOf({ ...form, name: 'b' }, around)).toBeUndefined()
  expect(wantedOf({ ...form, requestsPerMinute: 'x' }, around)).toBeUndefined()
  expect(freeName('a', ['A', 'a-2'])).toBe('a-3')
})
