// Much of everything, slowly, from right to left, in the dark.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { fits, rightToLeft } from './fits.mjs'
import { signIn } from './people.mjs'
import { shot } from './shot.mjs'
import { moveIn, stage } from './stage.mjs'
import { until } from './until.mjs'

const MANY = 200
// As long as the API takes them.
const LONG = `a-very-long-name-of-an-endpoint-${'x'.repeat(20)}`

const { server, browser, administrator } = await stage()

before(async () => {
  const names = Array.from({ length: MANY - 1 }, (_, at) => `endpoint-${at + 1}`)
  const waiting = [LONG, ...names]
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) await administrator.deploy(name)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  await moveIn(browser, server)
})

async function enter(options) {
  const page = await open(browser, server, options)
  await page.goto('/portal/endpoints')
  await signIn(page)
  return page
}

test('two hundred endpoints are turned over, sorted and found', async () => {
  const page = await enter()
  await page.getByText(`${MANY} in all`).waitFor()
  assert.equal(await page.getByRole('row').count(), 51, 'a page of them, and the head')
  await page.getByRole('button', { name: 'Page after' }).click()
  await page.getByText('2 of 4').waitFor()
  await page.getByRole('button', { name: 'Name' }).click()
  await page.getByRole('columnheader', { name: 'Name' }).and(page.locator('[aria-sort=descending]')).waitFor()
  const filter = page.getByRole('searchbox', { name: 'Filter endpoints' })
  await filter.fill('endpoint-19')
  await page.getByText(`11 of ${MANY}`).waitFor()
  await filter.fill('no such endpoint')
  await page.getByText('No endpoints have all of these words in them.').waitFor()
  await filter.fill('')
  await isAccessible(page, 'the long list')
  await shot(page, 'endpoints-many')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('long names fit, on a telephone and from right to left', async () => {
  const page = await open(browser, server, { viewport: { width: 390, height: 844 } })
  await rightToLeft(page)
  await page.goto('/portal/endpoints')
  await signIn(page)
  await page.getByRole('searchbox', { name: 'Filter endpoints' }).fill(LONG.slice(0, 20))
  await page.getByRole('row', { name: LONG }).waitFor()
  await fits(page)
  await page.setViewportSize({ width: 1440, height: 900 })
  const box = await page.getByRole('navigation', { name: 'Pages' }).boundingBox()
  assert.ok(box.x > 1000, `the pages are on the right: ${box.x}`)
  await fits(page)
  await shot(page, 'endpoints-right-to-left')
  await isAccessible(page, 'from right to left')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('the playground finds its way among two hundred, on a telephone and from right to left', async () => {
  const page = await open(browser, server, { viewport: { width: 390, height: 844 } })
  await rightToLeft(page)
  await page.goto('/portal/playground')
  await signIn(page)
  const picker = page.getByRole('combobox', { name: 'Model', exact: true })
  await picker.waitFor()
  assert.equal(await picker.getByRole('option').count(), MANY)
  const shown = () => picker.evaluate(select => select.selectedOptions[0].textContent)
  assert.equal(await shown(), `${LONG} (Tiny Chat)`, 'by name')
  await fits(page, 'the longest name')
  // As many letters as tell it from the others find it by keys.
  await picker.focus()
  await page.keyboard.type('endpoint-199')
  await until(shown, 'endpoint-199 (Tiny Chat)')
  await page.getByLabel('Prompt', { exact: true }).fill('What is Cupola?')
  const asking = page.waitForRequest('**/endpoint-199/**/chat/completions')
  await page.getByLabel('Prompt', { exact: true }).press('Enter')
  await asking
  const article = page.getByRole('article', { name: 'What is Cupola?' })
  await article.locator('[data-answer=done]').waitFor()
  assert.match(await article.textContent(), /endpoint-199/)
  await fits(page, 'an answer')
  await picker.selectOption({ label: `${LONG} (Tiny Chat)` })
  await until(shown, `${LONG} (Tiny Chat)`)
  await fits(page, 'the longest name, after an answer')
  await isAccessible(page, 'the playground among many')
  await page.setViewportSize({ width: 1440, height: 900 })
  await fits(page, 'the playground, wide')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a slow answer is said to be slow, and can be asked for again', async () => {
  const page = await open(browser, server)
  let held = 0
  await page.route('**/serverlessEndpoints?*', async route => {
    held += 1
    // The first question is never answered; the next one is.
    if (held > 1) await route.continue()
  })
  await page.goto('/portal/endpoints')
  await signIn(page)
  await page.getByText(/Still waiting for the endpoints, for [4-9] s/).waitFor()
  await isAccessible(page, 'waiting')
  await page.getByRole('button', { name: 'Ask again' }).click()
  await page.getByText(`${MANY} in all`).waitFor()
  await leave(page)
})

test('the theme follows the system until one is chosen, and the choice is kept', async () => {
  const page = await enter({ colorScheme: 'dark' })
  await page.getByText(`${MANY} in all`).waitFor()
  const find = () => getComputedStyle(document.querySelector('main').parentElement.parentElement).backgroundColor
  const ground = () => page.evaluate(find)
  const is = colour => until(ground, colour)
  const dark = await ground()
  await page.emulateMedia({ colorScheme: 'light' })
  await until(async () => (await ground()) !== dark, true)
  await page.getByRole('button', { name: 'Theme' }).click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  await is(dark)
  await page.reload()
  await page.getByText(`${MANY} in all`).waitFor()
  await is(dark)
  await leave(page)
})
