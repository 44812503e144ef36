/** Where a value has no neighbour, so that no line leads to it. */
export function lonely(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values, (_, at) => at).filter(
    at => values[at] != null && values[at - 1] == null && values[at + 1] == null,
  )
}
