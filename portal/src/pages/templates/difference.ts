// A what-if as lines: what would come, go and change. The sign says it; the colour only repeats it.

import { isObject } from './template'

export type Sign = '+' | '-' | '~' | ' '

export interface DiffLine {
  sign: Sign
  depth: number
  text: string
}

export interface PropertyChange {
  path: string
  propertyChangeType: string
  before?: unknown
  after?: unknown
  children?: PropertyChange[] | null
}

export interface Change {
  resourceId: string
  changeType: string
  unsupportedReason?: string
  before?: unknown
  after?: unknown
  delta?: PropertyChange[] | null
}

const SIGNS: Record<string, Sign> = { Create: '+', Delete: '-', Modify: '~', Array: '~', Deploy: '~' }

/** Changes first, in the order of what weighs most; what stays as it is comes last. */
export const ORDER = ['Delete', 'Create', 'Modify', 'Deploy', 'Unsupported', 'NoChange', 'Ignore']

const WORDS: Record<string, string> = {
  Create: 'will be created',
  Delete: 'will be deleted',
  Modify: 'will be changed',
  Deploy: 'will be deployed; what changes is not known',
  NoChange: 'stays as it is',
  Ignore: 'is not in the template, and stays',
  Unsupported: 'cannot be compared',
}
const WORDS_OF_MANY: Record<string, string> = {
  NoChange: 'stay as they are',
  Ignore: 'are not in the template, and stay',
}

/** What is said of one resource. */
export function wordsOf(kind: string): string {
  return WORDS[kind] ?? kind
}

/** How many of each kind there are, in one sentence. */
export function summaryOf(changes: readonly Change[]): string {
  const counts = ORDER.flatMap(kind => {
    const count = changes.filter(change => change.changeType === kind).length
    const words = (count > 1 && WORDS_OF_MANY[kind]) || wordsOf(kind)
    return count > 0 ? [`${count} ${words.replace(/;.*/, '')}`] : []
  })
  return counts.length > 0 ? `${counts.join(', ')}.` : 'Nothing.'
}

export function signOf(kind: string): Sign {
  return SIGNS[kind] ?? ' '
}

/** The lines of one resource. */
export function linesOf(change: Change): DiffLine[] {
  if (change.changeType === 'Create') return value('', change.after, '+', 0)
  if (change.changeType === 'Delete') return value('', change.before, '-', 0)
  return (change.delta ?? []).flatMap(one => property(one, 0))
}

function property(change: PropertyChange, depth: number): DiffLine[] {
  const { path, propertyChangeType: kind, before, after, children } = change
  if (kind === 'NoEffect') return value(`${path} (no effect)`, after ?? before, ' ', depth)
  if (children && children.length > 0) {
    return [{ sign: '~', depth, text: `${path}:` }, ...children.flatMap(child => property(child, depth + 1))]
  }
  if (kind === 'Create') return value(path, after, '+', depth)
  if (kind === 'Delete') return value(path, before, '-', depth)
  const isSmall = (side: unknown) => typeof side !== 'object' || side === null
  if (isSmall(before) && isSmall(after)) {
    return [{ sign: '~', depth, text: `${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}` }]
  }
  return [...value(path, before, '-', depth), ...value(path, after, '+', depth)]
}

function value(name: string, given: unknown, sign: Sign, depth: number): DiffLine[] {
  const before = name === '' ? '' : `${name}: `
  if (isObject(given) && Object.keys(given).length > 0) {
    const inner = Object.entries(given).flatMap(([key, one]) => value(key, one, sign, name === '' ? depth : depth + 1))
    return name === '' ? inner : [{ sign, depth, text: `${name}:` }, ...inner]
  }
  if (Array.isArray(given) && given.length > 0) {
    const inner = given.flatMap((one, index) => value(String(index), one, sign, depth + 1))
    return [{ sign, depth, text: `${name}:` }, ...inner]
  }
  return [{ sign, depth, text: `${before}${JSON.stringify(given) ?? 'nothing'}` }]
}
