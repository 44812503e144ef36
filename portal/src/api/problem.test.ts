import { expect, test } from 'vitest'
import { readProblem } from './problem'

function check(status: number, body: unknown, expected: { code: string; message: string }) {
  expect(readProblem(status, body, 'r')).toMatchObject({ ...expected, status, requestId: 'r' })
}

test('refusals are read in every shape', () => {
  check(404, { error: { code: 'ResourceNotFound', message: 'no' } }, { code: 'ResourceNotFound', message: 'no' })
  check(400, { code: 'Bad', message: 'flat' }, { code: 'Bad', message: 'flat' })
  check(429, { error: { type: 'rate', message: 'slow' } }, { code: 'rate', message: 'slow' })
  check(400, { error: 'invalid_grant', error_description: 'why' }, { code: 'invalid_grant', message: 'why' })
  check(502, '<html>', { code: '502', message: '<html>' })
  check(500, undefined, { code: '500', message: 'The server answered 500.' })
})

test('a forbidden request says which action on which scope', () => {
  const message =
    "The client 'a' with object id 'b' does not have authorization to perform action 'X/write' over scope '/s' or the scope is invalid."
  const problem = readProblem(403, { error: { code: 'AuthorizationFailed', message } })
  expect(problem.refused).toEqual({ action: 'X/write', scope: '/s' })
  expect(readProblem(404, { error: { message } }).refused).toBeUndefined()
})
