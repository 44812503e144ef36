import { expect, test } from 'vitest'
import { shortAction, wordsOfAction } from './words'

test('actions are said in words, and the longer end is meant where two would fit', () => {
  const check = (action: string | undefined, expected: string) => expect(wordsOfAction(action)).toBe(expected)
  check('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write', 'Deploy or change an endpoint')
  check('MICROSOFT.MACHINELEARNINGSERVICES/WORKSPACES/WRITE', 'Make or change a project')
  check('Microsoft.CognitiveServices/accounts/projects/write', 'Make or change a project')
  check('Microsoft.CognitiveServices/accounts/deployments/write', 'Deploy a model in an account')
  check('Microsoft.Resources/deployments/write', 'Deploy a template')
  check('Microsoft.X/things/otherthings/write', 'otherthings/write')
  check(undefined, '')
})

test('actions are short where they are listed', () => {
  const check = (action: string | undefined, expected: string) => expect(shortAction(action)).toBe(expected)
  check('Microsoft.X/workspaces/serverlessEndpoints/write', 'serverlessEndpoints/write')
  check('Microsoft.X/workspaces/serverlessEndpoints/listKeys/action', 'serverlessEndpoints/listKeys/action')
  check('a/b', 'a/b')
  check(undefined, '')
})
