// Waits until something is so, where one event of the browser does not say it.
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

/** Waits until something that was confirmed is not on the page any more. Behind a dialog no row is there for anybody, so it has to
 * close first: it does when the server has answered. */
export async function gone(page, what) {
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await what.waitFor({ state: 'detached' })
}

/** Waits until this has the focus. */
export async function hasFocus(what) {
  await until(() => what.evaluate(one => one === document.activeElement), true)
}
