// How long what people call it by name is.

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** When the day of a moment began. Days are those of the ledger, in UTC, wherever somebody looks from. */
export function dayStart(ms: number): number {
  return ms - (ms % DAY_MS)
}
