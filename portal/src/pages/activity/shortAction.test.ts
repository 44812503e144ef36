import { expect, test } from 'vitest'
import { shortAction } from './shortAction'

test('actions are short where they are listed', () => {
  const check = (action: string | undefined, expected: string) => expect(shortAction(action)).toBe(expected)
  check('Microsoft.X/workspaces/serverlessEndpoints/write', 'serverlessEndpoints/write')
  check('Microsoft.X/workspaces/serverlessEndpoints/listKeys/action', 'serverlessEndpoints/listKeys/action')
  check('a/b', 'a/b')
  check(undefined, '')
})
