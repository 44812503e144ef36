import { expect, test } from 'vitest'
import { idOf, namesIn, namesOfId, sameNames, withNames } from './scope'

test('an address says where a page works', () => {
  const read = (text: string) => namesIn(new URLSearchParams(text))
  expect(read('subscription=s&group=g&workspace=w')).toEqual({ subscription: 's', group: 'g', workspace: 'w' })
  expect(read('subscription=s')).toEqual({ subscription: 's' })
  expect(read('subscription=s&workspace=w')).toEqual({ subscription: 's' })
  expect(read('group=g')).toBeUndefined()
})

test('what else an address says stays in it', () => {
  const next = withNames(new URLSearchParams('q=x&group=old&workspace=old'), { subscription: 's', group: 'g' })
  expect(next.toString()).toBe('q=x&group=g&subscription=s')
})

test('names are compared without case', () => {
  expect(sameNames({ subscription: 'S', group: 'g' }, { subscription: 's', group: 'G' })).toBe(true)
  expect(sameNames({ subscription: 's' }, { subscription: 's', group: 'g' })).toBe(false)
  expect(sameNames(undefined, undefined)).toBe(true)
})

test('a place has an id', () => {
  expect(idOf({ subscription: 's' })).toBe('/subscriptions/s')
  expect(idOf({ subscription: 's', group: 'g', workspace: 'w' })).toBe(
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w',
  )
})

test('an id has names in it, however it is written', () => {
  expect(namesOfId('/Subscriptions/s/resourcegroups/g/providers/X/workspaces/w')).toEqual({
    subscription: 's',
    group: 'g',
    name: 'w',
  })
})
