import { expect, test } from 'vitest'
import { type Change, linesOf, summaryOf } from './difference'

function check(change: Partial<Change>, expected: string[]) {
  const lines = linesOf({ resourceId: '/r', changeType: 'Modify', ...change })
  expect(lines.map(line => `${line.sign} ${'  '.repeat(line.depth)}${line.text}`)).toEqual(expected)
}

test('what comes and what goes is shown whole', () => {
  check({ changeType: 'Create', after: { name: 'a', sku: { name: 'S' }, list: [1], none: {} } }, [
    '+ name: "a"',
    '+ sku:',
    '+   name: "S"',
    '+ list:',
    '+   0: 1',
    '+ none: {}',
  ])
  check({ changeType: 'Delete', before: { name: 'a' } }, ['- name: "a"'])
  check({ changeType: 'NoChange', before: { name: 'a' }, delta: [] }, [])
})

test('of a change the properties are shown that change, from what to what', () => {
  check(
    {
      delta: [
        { path: 'tags.a', propertyChangeType: 'Modify', before: 'x', after: 'y' },
        { path: 'tags.b', propertyChangeType: 'Create', after: 1 },
        { path: 'tags.c', propertyChangeType: 'Delete', before: true },
        {
          path: 'list',
          propertyChangeType: 'Array',
          children: [{ path: '0', propertyChangeType: 'Modify', before: 1, after: { a: 2 } }],
        },
        { path: 'state', propertyChangeType: 'NoEffect', after: 'Online' },
      ],
    },
    [
      '~ tags.a: "x" → "y"',
      '+ tags.b: 1',
      '- tags.c: true',
      '~ list:',
      '-   0: 1',
      '+   0:',
      '+     a: 2',
      '  state (no effect): "Online"',
    ],
  )
})

test('what would change is said in one sentence, of one and of many', () => {
  const told = (...kinds: string[]) => summaryOf(kinds.map(changeType => ({ resourceId: '/r', changeType })))
  expect(told()).toBe('Nothing.')
  expect(told('Ignore', 'Create')).toBe('1 will be created, 1 is not in the template, and stays.')
  expect(told('Ignore', 'Ignore', 'NoChange', 'NoChange')).toBe(
    '2 stay as they are, 2 are not in the template, and stay.',
  )
  expect(told('NoChange', 'Deploy', 'Deploy')).toBe('2 will be deployed, 1 stays as it is.')
})
