import { expect, test } from 'vitest'
import { type Binding, rowsOf } from './backendRows'

const id = '/providers/Cupola.Catalog/registries/cupola/bindings/m'

function states(binding: Omit<Binding, 'id' | 'name'>) {
  return rowsOf({ id, name: 'm', ...binding }).map(row => [row.backend, row.state, row.tone, row.reason])
}

test('a worker says how it is before its backend does', () => {
  const properties = { kind: 'engine', path: '/m.gguf' }
  expect(states({ properties, worker: null, status: [] })).toEqual([['default', 'Not used yet', 'off', undefined]])
  expect(states({ properties, worker: { state: 'ready' } })).toEqual([['default', 'Worker ready', 'good', undefined]])
  expect(states({ properties, worker: { state: 'broken', reason: 'no file' } })).toEqual([
    ['default', 'Worker broken', 'bad', 'no file'],
  ])
})

test('of several backends each has its own state', () => {
  const properties = {
    kind: 'pool',
    backends: [
      { name: 'a', kind: 'upstream', url: 'https://a' },
      { name: 'b', kind: 'simulator' },
    ],
  }
  const status = [
    { name: 'a', breaker: 'open', failed: 5, lastError: 'refused' },
    { name: 'b', breaker: 'closed', answered: 2 },
  ]
  expect(states({ properties, status })).toEqual([
    ['a', 'Paused after failures', 'bad', 'refused'],
    ['b', 'Ready', 'good', undefined],
  ])
  expect(rowsOf({ id, name: 'm', properties, status })[0]).toMatchObject({
    registry: 'cupola',
    where: 'https://a',
    failed: 5,
  })
})
