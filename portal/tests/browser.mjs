// Debian's Chromium, and pages that notice what must not happen: requests to anywhere else, and what the policy refuses.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
// A busy machine starts pages slowly; what is wrong stays wrong.
const WAIT_MS = 30_000

export async function launch() {
  const executablePath = process.env.CHROMIUM_BIN ?? PLACES.find(path => existsSync(path))
  if (!executablePath) throw new Error('there is no Chromium: script/test installs it, or set CHROMIUM_BIN')
  // In a container there is no user namespace for the sandbox; the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** A page of a person's own browser; `faults` has everything that it noticed. */
export async function open(browser, server, options = {}) {
  const context = await browser.newContext({
    baseURL: server.origin,
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  })
  context.setDefaultTimeout(WAIT_MS)
  const page = await context.newPage()
  page.faults = []
  page.asked = []
  watch(page, server)
  context.on('page', other => {
    other.faults = page.faults
    other.asked = page.asked
    watch(other, server)
  })
  return page
}

/** Closes the page's browser. What the page polls for is answered until the very end: an answer that a story was changing just then,
 * or was holding back, is nobody's fault. */
export async function leave(page) {
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.context().close()
}

function watch(page, server) {
  page.on('request', request => {
    const url = request.url()
    page.asked.push(`${request.method()} ${url}`)
    const ours = url.startsWith(server.origin) || url.startsWith('data:') || url.startsWith('blob:')
    if (!ours) page.faults.push(`a request to ${url}`)
  })
  page.on('console', message => {
    const text = message.text()
    // Refusals of the API are part of the stories; the browser says each of them here as well.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) page.faults.push(`console: ${text}`)
  })
  page.on('pageerror', error => page.faults.push(`error: ${error.message}`))
}
