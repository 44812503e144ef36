import { expect, test } from 'vitest'
import { readKeys, secretsOf, waysOf, wordsOfField } from './kinds'

test('keys are read from lines, and a line that is none is named', () => {
  expect(readKeys('a=1\n\n b = x=y \n')).toEqual({ keys: { a: '1', b: 'x=y' } })
  expect(readKeys('a=1\nnothing').wrong).toBe('nothing')
  expect(readKeys('=value').wrong).toBe('=value')
})

test('secrets are found however they are nested', () => {
  expect(secretsOf({ key: 'k', keys: { a: 'b' }, none: null })).toEqual([
    ['key', 'k'],
    ['a', 'b'],
  ])
  expect(secretsOf(undefined)).toEqual([])
})

test('a serverless connection signs in by its key alone', () => {
  expect(waysOf('Serverless').map(way => way.name)).toEqual(['ApiKey'])
  expect(waysOf('AzureOpenAI').length).toBe(11)
  expect(wordsOfField('secretAccessKey')).toBe('Secret access key')
})
