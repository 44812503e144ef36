// From nothing to the end: a person signs in, finds models, deploys, asks, replaces a key, ends a subscription, cures what that
// broke, and cleans up. All of it through pages, in one sitting; only what the pages tell an operator to type is typed.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { open } from './browser.mjs'
import { acceptInvitation } from './people.mjs'
import { binary } from './server.mjs'
import { stage } from './stage.mjs'
import { until } from './until.mjs'

const run = promisify(execFile)
const PARTNER = 'Cohere Command R 08-2024'

const { server, browser } = await stage()
let page

before(async () => {
  page = await open(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] })
  // Counts the events of answers on their way to the page; the debugger does not keep the body of a stream.
  await page.addInitScript(() => {
    const original = window.fetch
    window.fetch = async (...asked) => {
      const answer = await original(...asked)
      if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer
      const count = new TransformStream({
        transform(chunk, on) {
          window.pieces += new TextDecoder().decode(chunk).split('data: {').length - 1
          on.enqueue(chunk)
        },
      })
      return new Response(answer.body.pipeThrough(count), answer)
    }
  })
})

const heading = name => page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
const button = name => page.getByRole('button', { name, exact: true })
const dialog = () => page.getByRole('dialog')

async function go(title) {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title, exact: true }).click()
  await heading(title)
}

async function find(words, shown) {
  await go('Model catalog')
  await page.getByRole('searchbox', { name: 'Search models' }).fill(words)
  await page.getByRole('list', { name: 'Models' }).getByRole('link', { name: shown, exact: true }).click()
  await heading(shown)
}

/** Would a click in its middle reach it? */
const isOpen = at =>
  at.evaluate(element => {
    const { x, y, width, height } = element.getBoundingClientRect()
    return element.contains(document.elementFromPoint(x + width / 2, y + height / 2))
  })

/** Opens the playground from the page of an endpoint, asks, and gives how many pieces the answer came in. */
async function ask(prompt) {
  await page.getByRole('link', { name: 'Try it', exact: true }).click()
  await heading('Playground')
  await page.getByLabel('Prompt', { exact: true }).fill(prompt)
  await page.evaluate(() => {
    window.pieces = 0
  })
  assert.ok(await isOpen(button('Send')), 'no message lies over the button')
  await button('Send').click()
  await page.getByRole('article', { name: prompt }).last().locator('[data-answer=done]').waitFor()
  return page.evaluate(() => window.pieces)
}

async function openEndpoint(name) {
  await go('Endpoints')
  await page.getByRole('link', { name, exact: true }).click()
  await heading(name)
}

/** What a program with this key is told. */
async function statusWith(key) {
  const uri = await page
    .getByText(/^https:\/\/\S+\/endpoints\/\S+$/)
    .first()
    .textContent()
  const answer = await fetch(`${server.origin}${new URL(uri).pathname}/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], max_tokens: 4 }),
  })
  await answer.text()
  return answer.status
}

async function copied(name) {
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await button(name).click()
  await until(async () => (await page.evaluate(() => navigator.clipboard.readText())) !== '', true)
  return page.evaluate(() => navigator.clipboard.readText())
}

async function deleteEndpoint(name) {
  await openEndpoint(name)
  await button('Delete').click()
  await dialog().getByLabel(`Type ${name} to go on`).fill(name)
  await dialog().getByRole('button', { name: 'Delete endpoint' }).click()
  await heading('Endpoints')
}

test('the first administrator deploys the demo model, and it answers piece by piece', async () => {
  await acceptInvitation(page, server)
  await heading('Endpoints')
  await page.getByRole('link', { name: 'Look at the models' }).click()
  await heading('Model catalog')
  await find('tiny demonstration', 'Tiny Chat')
  await page.getByRole('link', { name: 'Deploy', exact: true }).click()
  await heading('Deploy Tiny Chat')
  await page.getByLabel('Name of the endpoint').fill('hello')
  await page.getByText('The name is free.').waitFor()
  await button('Deploy').click()
  await heading('hello')
  await page.getByText('Online').first().waitFor()
  const pieces = await ask('What is Cupola?')
  assert.ok(pieces > 5, `it came in ${pieces} pieces`)
  const said = await page.getByRole('article', { name: 'What is Cupola?' }).textContent()
  assert.match(said, /Cupola is a self-hosted Models-as-a-Service platform/)
})

test('its keys are shown, and replaced one at a time', async () => {
  await openEndpoint('hello')
  const before = await copied('Copy the primary key')
  const other = await copied('Copy the secondary key')
  await button('Show the primary key').click()
  await page.getByText(before, { exact: true }).waitFor()
  assert.equal(await statusWith(before), 200)
  await button('Regenerate the primary key').click()
  await dialog().getByRole('button', { name: 'Regenerate the primary key' }).click()
  await dialog().waitFor({ state: 'detached' })
  await page.getByText(before, { exact: true }).waitFor({ state: 'detached' })
  const now = await copied('Copy the primary key')
  assert.notEqual(now, before)
  await until(() => statusWith(before), 401)
  assert.equal(await statusWith(now), 200)
  assert.equal(await statusWith(other), 200)
  // The playground had the one before; it takes the new one by itself.
  assert.ok((await ask('Does the new key work?')) > 0)
})

test('a model that nothing serves says what an operator types, and then it is subscribed to and deployed', async () => {
  await find('Cohere-command-r-08-2024', PARTNER)
  await page.getByRole('link', { name: 'Subscribe and deploy' }).click()
  const rules = page.getByRole('list', { name: 'Requirements' })
  const command = await rules.getByText(/^cupola catalog bind /).textContent()
  assert.ok(await button('Subscribe and deploy').isDisabled(), 'not before something serves it')
  await run(binary(), command.split(' ').slice(1), {
    env: { PATH: process.env.PATH, HOME: server.folder, CUPOLA_DATA_DIR: join(server.folder, 'data') },
  })
  await page.reload()
  await page.getByRole('checkbox', { name: /I accept the terms of Cohere/ }).check()
  await page.getByLabel('Name of the endpoint').fill('partner')
  await page.getByText('The name is free.').waitFor()
  await button('Subscribe and deploy').click()
  await heading('partner')
  await page.getByText('Online').first().waitFor()
  assert.ok((await ask('Hello')) > 0)
})

test('without its subscription the endpoint says why it does not answer, and the cure that it offers heals it', async () => {
  const name = 'cohere-command-r-08-2024'
  await go('Subscriptions')
  await page.getByRole('link', { name, exact: true }).click()
  await heading(name)
  await button('Delete').click()
  await dialog().getByRole('listitem').filter({ hasText: 'partner' }).waitFor()
  await dialog().getByRole('textbox').fill(name)
  await dialog().getByRole('button', { name: 'Delete subscription' }).click()
  await page.getByText('hello-project is subscribed to nothing').waitFor()

  await go('Endpoints')
  await page.getByRole('row', { name: /partner.*Suspended/ }).waitFor()
  await page.getByRole('row', { name: /hello.*Online/ }).waitFor()
  await page.getByRole('link', { name: 'partner', exact: true }).click()
  await page.getByText('the marketplace subscription to its model was deleted').waitFor()
  const key = await copied('Copy the primary key')
  await until(() => statusWith(key), 403)

  await button('Subscribe again').click()
  await dialog().getByText('By subscribing you accept the terms of Cohere').waitFor()
  await dialog().getByRole('button', { name: 'Accept and subscribe' }).click()
  await page.getByText('It is suspended').waitFor({ state: 'detached' })
  await page.getByText('Online').first().waitFor()
  await until(() => statusWith(key), 200)
  assert.ok((await ask('And now?')) > 0)
  await go('Subscriptions')
  await page.getByRole('link', { name, exact: true }).waitFor()
})

test('what was made is deleted, and nothing is left of it', async () => {
  await deleteEndpoint('partner')
  await page.getByRole('link', { name: 'hello', exact: true }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'partner', exact: true }).count(), 0)
  await deleteEndpoint('hello')
  await page.getByText('Nothing is deployed in this project yet').waitFor()
  await go('Subscriptions')
  await button('Delete cohere-command-r-08-2024').click()
  await dialog().getByText('No endpoint of hello-project needs it now.').waitFor()
  await dialog().getByRole('button', { name: 'Delete subscription' }).click()
  await page.getByText('hello-project is subscribed to nothing').waitFor()
  await go('Playground')
  await page.getByText('There is no model to talk to yet').waitFor()
  assert.deepEqual(page.faults, [], 'no request to anywhere else, nothing refused by the policy, no error')
})
