import { expect, test } from 'vitest'
import { blocks } from './blocks'
import { inlines } from './inlines'

const text = (words: string) => ({ kind: 'text', text: words })
const paragraph = (words: string) => ({ kind: 'paragraph', text: words })

test('blocks are told apart', () => {
  expect(blocks('# Title #\none\ntwo\n\nthree')).toEqual([
    { kind: 'heading', level: 1, text: 'Title' },
    paragraph('one\ntwo'),
    paragraph('three'),
  ])
  expect(blocks('> quoted\n> more\n\n---')).toEqual([
    { kind: 'quote', blocks: [paragraph('quoted\nmore')] },
    { kind: 'rule' },
  ])
})

test('code is left as it is, also while its end has not come', () => {
  const code = { kind: 'code', language: 'py', text: 'if a:\n\n  # no heading' }
  expect(blocks('```py\nif a:\n\n  # no heading\n```\nafter')).toEqual([code, paragraph('after')])
  expect(blocks('```py\nif a:\n\n  # no heading')).toEqual([code])
  expect(blocks('````\n```\n````')).toEqual([{ kind: 'code', language: '', text: '```' }])
})

test('lists nest, go on after an empty line, and end', () => {
  const list = (ordered: boolean, start: number, ...items: unknown[]) => ({ kind: 'list', ordered, start, items })
  expect(blocks('- a\n  - b\n  - c\n- d')).toEqual([
    list(false, 1, [paragraph('a'), list(false, 1, [paragraph('b')], [paragraph('c')])], [paragraph('d')]),
  ])
  expect(blocks('3. a\n\n4. b\n\nafter')).toEqual([
    list(true, 3, [paragraph('a')], [paragraph('b')]),
    paragraph('after'),
  ])
  expect(blocks('1. a\n   ```\n   x\n   ```\n2. b')).toEqual([
    list(true, 1, [paragraph('a'), { kind: 'code', language: '', text: 'x' }], [paragraph('b')]),
  ])
  expect(blocks('words\n- ')).toEqual([paragraph('words\n-')])
})

test('tables have as many cells in a row as in their head', () => {
  expect(blocks('| a | b |\n|---|--:|\n| 1 | `x\\|y` | 3 |\n| 2 |\n\nend')).toEqual([
    {
      kind: 'table',
      head: ['a', 'b'],
      align: ['start', 'end'],
      rows: [
        ['1', '`x|y`'],
        ['2', ''],
      ],
    },
    paragraph('end'),
  ])
  expect(blocks('a | b')).toEqual([paragraph('a | b')])
})

test('emphasis, code and links', () => {
  expect(inlines('a **b *c*** `*d*` ~~e~~')).toEqual([
    text('a '),
    { kind: 'strong', parts: [text('b '), { kind: 'emphasis', parts: [text('c')] }] },
    text(' '),
    { kind: 'code', text: '*d*' },
    text(' '),
    { kind: 'deleted', parts: [text('e')] },
  ])
  expect(inlines('snake_case_name and 2 * 3 * 4')).toEqual([text('snake_case_name and 2 * 3 * 4')])
  expect(inlines('[x](https://a.example/b_(c)) \\*no\\*')).toEqual([
    { kind: 'link', address: 'https://a.example/b_(c)', parts: [text('x')] },
    text(' *no*'),
  ])
  expect(inlines('see https://a.example/x.')).toEqual([
    text('see '),
    { kind: 'link', address: 'https://a.example/x', parts: [text('https://a.example/x')] },
    text('.'),
  ])
})

test('nothing but the web is linked to, and HTML is text', () => {
  for (const address of ['javascript:alert(1)', 'data:text/html,x', '/portal/access', 'vbscript:x']) {
    expect(inlines(`[x](${address})`)[0]?.kind, address).toBe('text')
  }
  expect(inlines('<img src=x onerror=alert(1)>')).toEqual([text('<img src=x onerror=alert(1)>')])
})

test('long texts that could be anything are read in time', () => {
  const began = performance.now()
  for (const piece of ['*', '`', '[', '_a', '**a ', '- ', '> ', '|', '![', '~~']) {
    const long = piece.repeat(4000)
    blocks(long)
    inlines(long)
  }
  expect(performance.now() - began).toBeLessThan(4000)
})
