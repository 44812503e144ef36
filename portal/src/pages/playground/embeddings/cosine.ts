// How alike vectors are.

/** The cosine of the angle between two vectors: 1 where they point the same way. 0 where one has no direction. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  let [product, length, otherLength] = [0, 0, 0]
  for (let at = 0; at < one.length; at++) {
    const [a, b] = [one[at] ?? 0, other[at] ?? 0]
    product += a * b
    length += a * a
    otherLength += b * b
  }
  if (length === 0 || otherLength === 0) return 0
  // Rounding may lead a little beyond.
  return Math.max(-1, Math.min(1, product / Math.sqrt(length * otherLength)))
}

/** Every vector with every other. */
export function matrix(vectors: readonly (readonly number[])[]): number[][] {
  return vectors.map((one, row) => vectors.map((other, column) => (row === column ? 1 : cosine(one, other))))
}

/** The two texts that are most alike, and how much; `undefined` where there are not two. */
export function closest(cosines: readonly (readonly number[])[]) {
  let best: { row: number; column: number; value: number } | undefined
  cosines.forEach((line, row) => {
    line.forEach((value, column) => {
      if (column > row && (!best || value > best.value)) best = { row, column, value }
    })
  })
  return best
}

/** The colour behind a number: strong where it is near 1 or -1, none at 0. Text stays readable on all of them. */
export function shade(value: number, near: string, far: string): string {
  const percent = Math.round(Math.min(1, Math.abs(value)) * 45)
  return `color-mix(in srgb, ${value < 0 ? far : near} ${percent}%, transparent)`
}
