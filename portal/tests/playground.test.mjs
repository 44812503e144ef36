// The playground: a model that really answers, and everything that may come back instead.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { shot } from './shot.mjs'
import { stage } from './stage.mjs'

const { server, browser, administrator } = await stage()

async function signedIn(path) {
  const page = await open(browser, server)
  await page.goto(path)
  await signIn(page)
  await page.getByRole('heading', { name: 'Playground', level: 1 }).waitFor()
  return page
}

async function ask(page, prompt) {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt)
  await page.getByLabel('Prompt', { exact: true }).press('Enter')
}

/** The article of a prompt, once it has an answer in this state. */
async function answered(page, prompt, state = 'done') {
  const article = page.getByRole('article', { name: prompt }).last()
  await article.locator(`[data-answer=${state}]`).first().waitFor()
  return article
}

async function nothingIsWider(page) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth
    const over = document.documentElement.scrollWidth - room
    const all = over > 0 ? [...document.querySelectorAll('#root *, .fui-FluentProvider *')] : []
    return all.filter(one => one.getBoundingClientRect().right > room).map(one => one.outerHTML.slice(0, 120))
  })
  assert.deepEqual(wide, [], 'nothing is wider than the window')
}

test('where nothing is deployed, one button leads to the demo model', async () => {
  const page = await open(browser, server)
  await acceptInvitation(page, server)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Playground' }).click()
  await page.getByText('There is no model to talk to yet').waitFor()
  const link = page.getByRole('link', { name: 'Deploy the demo model' })
  assert.match(await link.getAttribute('href'), /^\/portal\/catalog\/cupola\/tiny-chat\/deploy/)
  await isAccessible(page, 'the playground without a model')
  await shot(page, 'playground-empty')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('the demo model answers, with its time, tokens and cost', async () => {
  await administrator.deploy('hello')
  const page = await signedIn('/portal/playground')
  await ask(page, 'What is Cupola?')
  const article = await answered(page, 'What is Cupola?')
  const text = await article.textContent()
  assert.match(text, /Cupola is a self-hosted Models-as-a-Service platform/)
  assert.match(text, /first word \d/)
  assert.match(text, /\d+ \+ \d+ tokens/)
  assert.match(text, /US?\$0\.0000\d+/)
  // It came in pieces, from the endpoint's own address, with a key that is in no address.
  const asked = page.asked.filter(one => one.includes('/chat/completions'))
  assert.equal(asked.length, 1)
  assert.match(asked[0], /^POST .*\/endpoints\/eastus2\/hello\/openai\/v1\/chat\/completions$/)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  assert.ok(!/key|Bearer|Cupola is/i.test(kept), kept)
  await ask(page, 'And what is an endpoint?')
  await answered(page, 'And what is an endpoint?')
  await isAccessible(page, 'a conversation')
  await shot(page, 'playground')

  // It is still there after another page, and gone when it is cleared.
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Endpoints' }).click()
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Playground' }).click()
  await answered(page, 'And what is an endpoint?')
  assert.equal(await page.getByRole('article').count(), 2)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Pages' }).waitFor()
  await nothingIsWider(page)
  await page.getByRole('button', { name: 'Clear' }).click()
  assert.equal(await page.getByRole('article').count(), 0)
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('what is sent is what is set, and code says the same', async () => {
  const page = await signedIn('/portal/playground')
  await page.getByRole('textbox', { name: 'System prompt' }).fill('Answer in a few words.')
  await page.getByRole('textbox', { name: 'Temperature' }).fill('7')
  await page.getByText('A number from 0 to 2.').waitFor()
  await page.getByLabel('Prompt', { exact: true }).fill('What is Cupola?')
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true)
  await page.getByRole('textbox', { name: 'Temperature' }).fill('0')
  await page.getByRole('textbox', { name: 'Max tokens' }).fill('5')
  await page.getByRole('textbox', { name: 'Seed' }).fill('7')
  const sending = page.waitForRequest('**/chat/completions')
  await page.getByRole('button', { name: 'Send' }).click()
  const sent = (await sending).postDataJSON()
  assert.deepEqual(sent, {
    model: 'hello',
    messages: [
      { role: 'system', content: 'Answer in a few words.' },
      { role: 'user', content: 'What is Cupola?' },
    ],
    temperature: 0,
    max_tokens: 5,
    seed: 7,
    stream: true,
    stream_options: { include_usage: true },
  })
  const article = await answered(page, 'What is Cupola?')
  assert.match(await article.textContent(), /\+ 5 tokens/)
  assert.match(await article.textContent(), /cut off at its most tokens/)

  await page.getByRole('button', { name: 'View code' }).click()
  const dialog = page.getByRole('dialog')
  const code = await dialog.locator('pre').textContent()
  assert.deepEqual(JSON.parse(/-d '([\s\S]*)'$/.exec(code)[1]), sent)
  assert.match(code, /https:\/\/127\.0\.0\.1:\d+\/endpoints\/eastus2\/hello\/openai\/v1\/chat\/completions/)
  for (const language of ['Python (openai)', 'Python (azure-ai-inference)', 'JavaScript (openai)']) {
    await dialog.getByRole('tab', { name: language }).click()
    assert.match(await dialog.locator('pre').textContent(), /Answer in a few words\./)
  }
  await isAccessible(page, 'the code')
  await dialog.getByRole('button', { name: 'Close' }).click()

  // Edited and asked again: what came after is gone, and the next request knows only the new words.
  await page.getByRole('button', { name: 'Edit, and ask again from here' }).click()
  await page.getByLabel('The prompt, edited').fill('Hello')
  const again = page.waitForRequest('**/chat/completions')
  await page.getByRole('button', { name: 'Ask with this' }).click()
  assert.deepEqual((await again).postDataJSON().messages.slice(1), [{ role: 'user', content: 'Hello' }])
  await answered(page, 'Hello')
  assert.equal(await page.getByRole('article').count(), 1)
  assert.deepEqual(page.faults, [])
  await leave(page)
})
