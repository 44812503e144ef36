import { expect, test } from 'vitest'
import {
  complaintsOf,
  languageOf,
  newName,
  parameterBody,
  parametersOf,
  readJson,
  textsOfFile,
  typed,
} from './template'

test('JSON begins with a brace, also behind comments', () => {
  expect(languageOf('  {"a": 1}')).toBe('json')
  expect(languageOf('\uFEFF// why\n/* { */ {')).toBe('json')
  expect(languageOf('// {\nparam a string')).toBe('bicep')
  expect(languageOf('{{')).toBe('json')
})

test('comments are left out of JSON, and not out of texts', () => {
  expect(readJson('{ // a\n "url": "https://x//y", /* b */ "quote": "\\"//" }')).toEqual({
    url: 'https://x//y',
    quote: '"//',
  })
  expect(readJson('[1]')).toBeUndefined()
  expect(readJson('{')).toBeUndefined()
})

const DECLARED = parametersOf({
  parameters: {
    name: { type: 'string', metadata: { description: 'which' } },
    count: { type: 'Int', defaultValue: 3 },
    on: { type: 'bool' },
    list: { type: 'array' },
    secret: { type: 'secureString' },
    wrong: 5,
  },
})

test('parameters are sent as their types, and what is empty is not sent', () => {
  expect(DECLARED.map(one => [one.name, one.type, one.hasDefault])).toEqual([
    ['name', 'string', false],
    ['count', 'int', true],
    ['on', 'bool', false],
    ['list', 'array', false],
    ['secret', 'securestring', false],
  ])
  const texts = { name: 'n', count: '7', on: 'false', list: '["a"]', secret: '' }
  expect(parameterBody(DECLARED, texts)).toEqual({
    name: { value: 'n' },
    count: { value: 7 },
    on: { value: false },
    list: { value: ['a'] },
  })
  const [, count, , list] = DECLARED
  expect(count && typed(count, '1.5')).toBeInstanceOf(Error)
  expect(list && typed(list, '{}')).toBeInstanceOf(Error)
  expect(parameterBody(DECLARED, { count: 'x' })).toEqual({})
})

test('a parameter file gives its values', () => {
  expect(textsOfFile({ parameters: { a: { value: 'x' }, b: { value: [1] }, c: { reference: {} } } })).toEqual({
    a: 'x',
    b: '[1]',
  })
  expect(textsOfFile({ parameters: {}, resources: [] })).toBeUndefined()
})

test('a refusal becomes complaints at their lines, the deepest ones', () => {
  const body = {
    error: {
      code: 'InvalidTemplate',
      message: 'first',
      details: [
        { code: 'InvalidTemplate', message: "Line 9, column 5: The resource at line '9' and column '5' is wrong." },
        {
          code: 'PreflightValidationCheckFailed',
          message: 'see inner',
          details: [{ code: 'X', message: 'no such model', target: '/a' }],
        },
        {
          code: 'InvalidTemplate',
          message: "The parameter 'a' at line '2' and column '17' is not provided.",
          target: 'parameters.a',
        },
      ],
    },
  }
  expect(complaintsOf(body).map(one => [one.line, one.code, one.target, one.message])).toEqual([
    [2, 'InvalidTemplate', 'parameters.a', "The parameter 'a' at line '2' and column '17' is not provided."],
    [9, 'InvalidTemplate', '', "The resource at line '9' and column '5' is wrong."],
    [undefined, 'X', '/a', 'no such model'],
  ])
  expect(
    complaintsOf({
      error: { code: 'InvalidTemplate', message: "Deployment template parse failed: 'Line 3, column 1: x'." },
    })[0]?.line,
  ).toBe(3)
})

test('names of deployments are of their moment', () => {
  expect(newName(new Date('2026-11-21T10:30:05Z'))).toBe('deployment-20261121-103005')
})
