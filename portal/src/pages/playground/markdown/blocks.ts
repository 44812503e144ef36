// Markdown as models write it: a small part of it, read into a tree. Nothing becomes HTML by itself; what is not understood stays
// the text that it is. Unfinished text, while an answer streams, is read as far as it goes.

export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'table'; head: string[]; align: Align[]; rows: string[][] }
  | { kind: 'rule' }

export type Align = 'start' | 'center' | 'end'

// Deeper than this nobody writes; somebody who does gets text.
const DEPTH_MAX = 8

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(?:\s+(.*))?$/
const QUOTE = /^ {0,3}> ?/
const DIVIDER = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/

/** Reads a text into blocks. */
export function blocks(text: string, depth = 0): Block[] {
  return read(text.replaceAll('\r\n', '\n').split('\n'), depth)
}

function read(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = []
  let paragraph: string[] = []
  const close = () => {
    if (paragraph.length > 0) found.push({ kind: 'paragraph', text: paragraph.join('\n') })
    paragraph = []
  }
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const fence = FENCE.exec(line)
    const heading = HEADING.exec(line)
    const item = ITEM.exec(line)
    if (line.trim() === '') {
      close()
      at++
    } else if (fence) {
      close()
      const { end, text } = fenced(lines, at, fence[1] ?? '```')
      found.push({ kind: 'code', language: fence[2] ?? '', text })
      at = end
    } else if (heading) {
      close()
      found.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' })
      at++
    } else if (RULE.test(line)) {
      close()
      found.push({ kind: 'rule' })
      at++
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      close()
      const end = whileTrue(lines, at, one => QUOTE.test(one))
      found.push({
        kind: 'quote',
        blocks: read(
          lines.slice(at, end).map(one => one.replace(QUOTE, '')),
          depth + 1,
        ),
      })
      at = end
    } else if (item && depth < DEPTH_MAX && (paragraph.length === 0 || item[3])) {
      close()
      const { end, block } = list(lines, at, depth)
      found.push(block)
      at = end
    } else if (line.includes('|') && paragraph.length === 0 && DIVIDER.test(lines[at + 1] ?? '')) {
      const { end, block } = table(lines, at)
      found.push(block)
      at = end
    } else {
      paragraph.push(line.trim())
      at++
    }
  }
  close()
  return found
}

function whileTrue(lines: readonly string[], from: number, holds: (line: string) => boolean): number {
  let end = from
  while (end < lines.length && holds(lines[end] ?? '')) end++
  return end
}

function fenced(lines: readonly string[], from: number, mark: string) {
  const indent = /^ */.exec(lines[from] ?? '')?.[0].length ?? 0
  const closes = (line: string) => {
    const bare = line.trim()
    return bare.length >= mark.length && bare === (mark[0] ?? '`').repeat(bare.length)
  }
  const end = whileTrue(lines, from + 1, line => !closes(line))
  const inner = lines.slice(from + 1, end).map(line => line.replace(new RegExp(`^ {0,${indent}}`), ''))
  return { end: end + 1, text: inner.join('\n') }
}

function list(lines: readonly string[], from: number, depth: number): { end: number; block: Block } {
  const first = ITEM.exec(lines[from] ?? '')
  const indent = first?.[1]?.length ?? 0
  const ordered = /\d/.test(first?.[2] ?? '')
  const items: string[][] = []
  let at = from
  let deep = indent + 2
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const item = ITEM.exec(line)
    const own = item?.[1]?.length ?? 0
    if (item && own < deep && own >= indent && !RULE.test(line)) {
      if (/\d/.test(item[2] ?? '') !== ordered) break
      deep = own + (item[2]?.length ?? 1) + 1
      items.push([item[3] ?? ''])
    } else if (line.trim() === '') {
      // A list goes on after an empty line where what follows belongs to it.
      const next = lines[at + 1] ?? ''
      const follows = /^\s/.test(next) || (ITEM.test(next) && /\d/.test(ITEM.exec(next)?.[2] ?? '') === ordered)
      if (!follows) break
      items.at(-1)?.push('')
    } else if (/^\s/.test(line) && line.length - line.trimStart().length > indent) {
      items.at(-1)?.push(line.replace(new RegExp(`^\\s{0,${deep}}`), ''))
    } else {
      break
    }
    at++
  }
  const start = ordered ? Number.parseInt(first?.[2] ?? '1', 10) : 1
  return { end: at, block: { kind: 'list', ordered, start, items: items.map(item => read(item, depth + 1)) } }
}

function table(lines: readonly string[], from: number): { end: number; block: Block } {
  const head = cells(lines[from] ?? '')
  const align = cells(lines[from + 1] ?? '').map<Align>(cell => {
    if (!cell.endsWith(':')) return 'start'
    return cell.startsWith(':') ? 'center' : 'end'
  })
  const end = whileTrue(lines, from + 2, line => line.includes('|'))
  // As many cells in each row as the head has.
  const rows = lines.slice(from + 2, end).map(line => {
    const row = cells(line)
    return head.map((_, column) => row[column] ?? '')
  })
  return { end, block: { kind: 'table', head, align: head.map((_, column) => align[column] ?? 'start'), rows } }
}

function cells(line: string): string[] {
  const bare = line.trim().replace(/^\|/, '').replace(/\|$/, '')
  return bare.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|'))
}
