import { expect, test } from 'vitest'
import { scoped } from './scoped'

test('a scope keeps its slashes, and everything is no part at all', () => {
  const path = 'http://x/{scope*}/providers/P/locks/{name}'
  expect(scoped(path, { 'scope*': '/subscriptions/s/resourceGroups/my group', name: 'a/b' })).toBe(
    'http://x/subscriptions/s/resourceGroups/my%20group/providers/P/locks/a%2Fb',
  )
  expect(scoped(path, { 'scope*': '/', name: 'n' })).toBe('http://x/providers/P/locks/n')
})
