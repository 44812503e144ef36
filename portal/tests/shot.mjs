// Pictures of pages for the documentation, and to look at: light and dark, wide and narrow. Only where CUPOLA_SHOTS is set, so
// that a run of the tests changes nothing.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { small } from './small.mjs'

const FOLDER = fileURLToPath(new URL('../../docs/images/portal/', import.meta.url))
const WIDTHS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]

/** Pictures of what the page shows now, as `NAME-THEME-WIDTH.png`, with this part of it at the top where there is one; the page is as
 * before when it is done. */
export async function shot(page, name, part) {
  if (!process.env.CUPOLA_SHOTS) return
  const before = page.viewportSize()
  await mkdir(FOLDER, { recursive: true })
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    for (const size of WIDTHS) {
      await page.setViewportSize(size)
      await part?.evaluate(one => one.scrollIntoView())
      await page.waitForTimeout(250)
      const picture = await page.screenshot({ scale: 'css' })
      await writeFile(join(FOLDER, `${name}-${colorScheme}-${size.width}.png`), small(picture))
    }
  }
  await page.emulateMedia({ colorScheme: null })
  if (before) await page.setViewportSize(before)
}
