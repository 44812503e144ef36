import { expect, test } from 'vitest'
import { aModel } from './fixture.test-model'
import { callSamples, deploySamples } from './samples'

const PLACE = {
  uri: 'https://h/endpoints/eastus2/hello',
  endpoint: 'hello',
  subscription: 's',
  group: 'g',
  workspace: 'w',
  region: 'eastus2',
}

test('every task that can be called has code with the address of the endpoint in it', () => {
  const tasks = ['chat-completion', 'completion', 'embedding', 'rerank', 'image-generation', 'forecasting']
  for (const task of tasks) {
    const samples = callSamples(aModel({ task }), PLACE)
    expect(samples.length, task).toBeGreaterThan(0)
    for (const { code, language } of samples) expect(code, `${task} ${language}`).toContain(PLACE.uri)
  }
  expect(callSamples(aModel({ task: 'document-analysis' }), PLACE)).toEqual([])
})

test('a model of a partner is subscribed to before it is deployed, one sold directly is not', () => {
  const subscribes = (soldBy: 'partner' | 'directly') =>
    deploySamples(aModel({ soldBy }), PLACE).map(({ code }) => /marketplace.?subscription/i.test(code))
  expect(subscribes('partner')).toEqual([true, true, true, false])
  expect(subscribes('directly')).toEqual([false, false, false, false])
})
