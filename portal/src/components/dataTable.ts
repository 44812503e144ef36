// What a table does with its rows, without the table.

import type { ReactNode } from 'react'

export interface Column<T> {
  id: string
  title: string
  show: (row: T) => ReactNode
  /** By what it is sorted; without it the column is not. */
  sortBy?: (row: T) => string | number | undefined
  /** Of actions the buttons say what they do; screen readers hear the title all the same. */
  kind?: 'text' | 'number' | 'action'
  /** May its words be broken anywhere, as those of addresses and long names? */
  breaks?: boolean
  /** Is there room for it on a telephone? */
  narrow?: 'shown' | 'hidden'
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Rows in order; those without a value come last, whichever way. */
export function sorted<T>(
  rows: readonly T[],
  by: (row: T) => string | number | undefined,
  descending: boolean,
): readonly T[] {
  const way = descending ? -1 : 1
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one), by(other)]
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    if (typeof a === 'number' && typeof b === 'number') return way * (a - b)
    return way * collator.compare(String(a), String(b))
  })
}

/** Does a text have all of these words in it? */
export function matches(text: string, words: string): boolean {
  const plain = text.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every(word => plain.includes(word))
}
