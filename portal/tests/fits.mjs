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

/** Nothing of the page is wider than its window, and nothing in it is cut off at an edge. */
export async function fits(page, where = 'the page') {
  const beyond = await page.evaluate(() => {
    // What is meant to scroll sideways, such as a table, may be wider than its frame; its frame may not.
    const scrolls = one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
    const isInScroller = one => {
      const around = one.parentElement
      return around && around.localName !== 'main' && (scrolls(around) || isInScroller(around))
    }
    const isSeen = one => {
      const { width, height } = one.getBoundingClientRect()
      return width > 1 && height > 1 && one.checkVisibility({ visibilityProperty: true })
    }
    const isBeyond = one => {
      const { left, right } = one.getBoundingClientRect()
      return left < -1 || right > document.documentElement.clientWidth + 1
    }
    const wide = [document.documentElement, ...document.querySelectorAll('main, [role=dialog], [role=alertdialog]')]
      .filter(one => one.scrollWidth > one.clientWidth)
      .map(one => `${one.localName} scrolls sideways: ${one.scrollWidth} in ${one.clientWidth}`)
    const cut = [...document.querySelectorAll('main *')]
      .filter(one => isBeyond(one) && isSeen(one) && !isInScroller(one) && !one.closest('[aria-hidden=true]'))
      .map(one => one.outerHTML.slice(0, 160))
    return [...wide, ...cut.slice(0, 8)]
  })
  assert.deepEqual(beyond, [], `${where} is wider than the window`)
}
