// Waits until something is so, where the browser has no event for it.
import assert from 'node:assert/strict'

const WAIT_MS = 10_000

/** Asks again until the answer is this. */
export async function until(ask, expected) {
  const end = Date.now() + WAIT_MS
  let found = await ask()
  while (found !== expected && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 50))
    found = await ask()
  }
  assert.equal(found, expected)
}
