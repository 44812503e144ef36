// Whether a page fits, on a telephone and from right to left.
import assert from 'node:assert/strict'

/** From its next load on, the page is written from right to left. */
export async function rightToLeft(page) {
  await page.addInitScript(() => {
    const root = () => document.documentElement?.setAttribute('dir', 'rtl')
    root()
    document.addEventListener('readystatechange', root)
  })
}

/** Nothing of the page is wider than its window. */
export async function fits(page, where = 'the page') {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  assert.equal(overflow, 0, `${where} is wider than the window`)
}
