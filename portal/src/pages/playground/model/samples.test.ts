import { expect, test } from 'vitest'
import { python, samplesOf } from './samples'
import type { Target } from './targets'

const target = (change: Partial<Target> = {}): Target => ({
  id: '/e',
  kind: 'endpoint',
  name: 'hello',
  label: 'hello',
  model: 'hello',
  modelShown: 'Tiny Chat',
  task: 'chat-completion',
  region: 'eastus2',
  uri: 'https://cupola.example/endpoints/eastus2/hello',
  ways: ['key'],
  owner: { subscription: 's', group: 'g', workspace: 'w', name: 'hello' },
  prices: [],
  unready: undefined,
  ...change,
})
const BODY = { model: 'hello', messages: [{ role: 'user', content: "it's" }], stream: true, stream_options: {} }
const code = (language: string, of = target(), body: Record<string, unknown> = BODY) =>
  samplesOf('chat', of, '/openai/v1/chat/completions', body).find(one => one.language === language)?.code ?? ''

test('values are written as Python reads them', () => {
  expect(python({ a: [true, null, 1.5], b: 'ü"' })).toBe('{"a": [True, None, 1.5], "b": "ü\\""}')
})

test('curl sends the very body, also where it has quotes', () => {
  const json = /-d '([\s\S]*)'$/.exec(code('curl'))?.[1]?.replaceAll("'\\''", "'")
  expect(JSON.parse(json ?? '')).toEqual(BODY)
  expect(code('curl')).toContain('https://cupola.example/endpoints/eastus2/hello/openai/v1/chat/completions')
})

test('each way in has its own credential, and no key is in any sample', () => {
  expect(code('curl')).toContain('$CUPOLA_KEY')
  const byToken = target({ ways: ['token'] })
  expect(code('curl', byToken)).toContain('$CUPOLA_TOKEN')
  expect(code('Python (azure-ai-inference)', byToken)).toContain('DefaultAzureCredential')
})

test('an account is told its model, and has other addresses', () => {
  const of = target({ kind: 'deployment', model: 'chat', uri: 'https://cupola.example/accounts/lab' })
  const body = { ...BODY, model: 'chat', response_format: { type: 'json_object' } }
  const inference = code('Python (azure-ai-inference)', of, body)
  expect(inference).toContain('https://cupola.example/accounts/lab/models"')
  expect(inference).toContain('model="chat"')
  expect(inference).toContain('response_format="json_object"')
  expect(inference).not.toContain('stream_options')
  expect(code('Python (azure-ai-inference)')).not.toContain('model=')
  expect(code('JavaScript (openai)', of, body)).toContain('https://cupola.example/accounts/lab/openai/v1')
})
