import { expect, test } from 'vitest'
import { parametersOf, type Settings, START } from './settings'

const check = (change: Partial<Settings>, parameters: object) =>
  expect(parametersOf({ ...START, ...change })).toEqual({ parameters, faults: {} })

const refuse = (change: Partial<Settings>, field: keyof Settings) => {
  const found = parametersOf({ ...START, ...change })
  expect(Object.keys(found.faults), JSON.stringify(change)).toEqual([field])
  expect(found.parameters).toEqual({})
}

test('what is not set is not sent', () => check({}, {}))

test('what is set is sent under its name', () => {
  check(
    { temperature: '0', topP: '0.5', maxTokens: '20', seed: '-3', stop: 'END\n\n##' },
    { temperature: 0, top_p: 0.5, max_tokens: 20, seed: -3, stop: ['END', '##'] },
  )
  check({ format: 'json_object' }, { response_format: { type: 'json_object' } })
  check(
    { format: 'json_schema', schema: '{"type":"object"}' },
    { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } } },
  )
  check({ tools: '[{"type":"function"}]' }, { tools: [{ type: 'function' }] })
  check({ tools: '[]' }, {})
})

test('what breaks a rule is said at its field', () => {
  refuse({ temperature: '2.1' }, 'temperature')
  refuse({ temperature: 'warm' }, 'temperature')
  refuse({ topP: '-0.1' }, 'topP')
  refuse({ maxTokens: '0' }, 'maxTokens')
  refuse({ maxTokens: '1.5' }, 'maxTokens')
  refuse({ seed: '1.5' }, 'seed')
  refuse({ stop: '1\n2\n3\n4\n5' }, 'stop')
  refuse({ format: 'json_schema', schema: '' }, 'schema')
  refuse({ format: 'json_schema', schema: '[]' }, 'schema')
  refuse({ tools: '{' }, 'tools')
  refuse({ tools: '{}' }, 'tools')
})
