import { expect, test } from 'vitest'
import { findingsOf, readRefusal } from './refusal'

test('a refusal of every surface says what is wrong and where', () => {
  const timegen = { detail: [{ loc: ['body', 'h'], msg: 'The field h is 0.', type: 'value_error' }] }
  expect(readRefusal(422, timegen, 'r', undefined)).toMatchObject({ message: 'The field h is 0.', target: 'h' })
  const inference = {
    code: 'parameter_not_supported',
    detail: { loc: ['body', 'temperature'], input: 9, msg: 'from 0 to 2' },
    message: 'One of the parameters contain invalid values.',
  }
  expect(readRefusal(422, inference, 'r', undefined)).toMatchObject({
    message: 'from 0 to 2',
    code: 'parameter_not_supported',
    target: 'temperature',
  })
  expect(readRefusal(401, { error: { code: '401', message: 'no' } }, 'r', undefined)).toMatchObject({ message: 'no' })
  expect(readRefusal(400, { detail: 'text', error: { code: 'x', message: 'm' } }, 'r', undefined)).toMatchObject({
    message: 'm',
  })
})

test('a limit says when it passes, and only where the server said so', () => {
  expect(readRefusal(429, {}, 'r', 7000, 100).againAt).toBe(7100)
  expect(readRefusal(429, {}, 'r', undefined, 100).againAt).toBeUndefined()
})

test('a content filter says what it found', () => {
  const results = { self_harm: { filtered: false, severity: 'safe' }, jailbreak: { filtered: true, detected: true } }
  const body = { error: { code: 'content_filter', message: 'm', innererror: { content_filter_result: results } } }
  const expected = [
    { category: 'self harm', what: 'safe', filtered: false },
    { category: 'jailbreak', what: 'detected', filtered: true },
  ]
  expect(readRefusal(400, body, 'r', undefined).findings).toEqual(expected)
  expect(findingsOf(undefined)).toEqual([])
})
