import { expect, test } from 'vitest'
import { pageOf } from './pageOf'

const GROUP = '/subscriptions/s/resourceGroups/g/providers'
const PROJECT = `${GROUP}/Microsoft.MachineLearningServices/workspaces/w`
const THERE = 'subscription=s&group=g&workspace=w'

test('what has a page is found by its id, in its own project', () => {
  const check = (id: string, path: string | undefined) => expect(pageOf(id)).toBe(path)
  check(`${PROJECT}/serverlessEndpoints/hello`, `/endpoints/hello?${THERE}`)
  check(`${PROJECT.replace('resourceGroups', 'RESOURCEGROUPS')}/SERVERLESSENDPOINTS/hello`, `/endpoints/hello?${THERE}`)
  check(PROJECT, `/endpoints?${THERE}`)
  check(`${PROJECT}/marketplaceSubscriptions/offer`, `/subscriptions/offer?${THERE}`)
  check(`${PROJECT}/connections/vendor`, `/connections?${THERE}`)
  check(`${GROUP}/Microsoft.Resources/deployments/inner`, '/templates/history/inner?into=g&subscription=s')
})

test('what has none has none', () => {
  const ids = [
    '',
    '/subscriptions/s/resourceGroups/g',
    `${PROJECT}/jobs/j`,
    `${PROJECT}/serverlessEndpoints/hello/keys/k`,
  ]
  expect(ids.map(pageOf)).toEqual([undefined, undefined, undefined, undefined])
})
