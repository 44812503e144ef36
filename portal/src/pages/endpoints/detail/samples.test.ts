import { expect, test } from 'vitest'
import { type Asked, preparation, samplesOf } from './samples'

const ASKED: Asked = {
  uri: 'https://models.example:8443/endpoints/eastus2/hello',
  model: 'tiny-chat',
  task: 'chat-completion',
  authMode: 'Key',
  subscription: 'sub',
  group: 'cupola',
  workspace: 'hello-project',
  name: 'hello',
}

function languages(task: string): string[] {
  return samplesOf({ ...ASKED, task }).map(sample => sample.language)
}

test('each kind of model has the clients that speak to it', () => {
  const chat = ['curl', 'azure-ai-inference', 'openai (Python)', 'openai (JavaScript)', 'LangChain', 'azure-ai-ml']
  expect(languages('chat-completion')).toEqual(chat)
  expect(languages('embedding')).toEqual(chat)
  expect(languages('rerank')).toEqual(['curl', 'cohere', 'azure-ai-ml'])
  expect(languages('forecasting')).toEqual(['curl', 'nixtla', 'azure-ai-ml'])
  expect(languages('completion')).toEqual(['curl', 'openai (Python)', 'azure-ai-ml'])
})

test('every sample has the real address or the real names, and bodies are JSON', () => {
  for (const task of ['chat-completion', 'embedding', 'rerank', 'forecasting', 'completion', 'image-generation']) {
    const samples = samplesOf({ ...ASKED, task })
    for (const { language, code } of samples) {
      const wanted = language === 'azure-ai-ml' ? ['"sub"', '"cupola"', '"hello-project"', '"hello"'] : [ASKED.uri]
      for (const text of wanted) expect(code, `${task} ${language}`).toContain(text)
    }
    const body = /-d '(.*)'$/.exec(samples[0]?.code ?? '')?.[1]
    expect(() => JSON.parse(body ?? ''), task).not.toThrow()
  }
})

test('an endpoint that takes tokens alone is asked with one', () => {
  const samples = samplesOf({ ...ASKED, authMode: 'AAD' })
  const of = (language: string) => samples.find(sample => sample.language === language)?.code ?? ''
  expect(of('azure-ai-inference')).toContain(
    'credential=DefaultAzureCredential(), credential_scopes=["https://ml.azure.com/.default"]',
  )
  expect(of('azure-ai-ml')).not.toContain('get_keys')
  expect(preparation({ ...ASKED, authMode: 'AAD' })).toContain('get-access-token --scope https://ml.azure.com/.default')
  expect(preparation(ASKED)).toContain('get-credentials -g cupola -w hello-project -n hello')
})
