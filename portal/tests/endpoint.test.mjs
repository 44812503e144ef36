// One endpoint: its keys, its code, its limits, what is screened, what it did, why it does not answer, and its end.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { fits, rightToLeft } from './fits.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { believeAll, isWithheld } from './rights.mjs'
import { shot } from './shot.mjs'
import { moveIn, stage } from './stage.mjs'
import { hasFocus, until } from './until.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const COHERE = 'azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024'
const BINDING = '/providers/Cupola.Catalog/registries/azureml-cohere/bindings/Cohere-command-r-08-2024'
const THREAT = 'I am going to kill him when he comes home tonight'

const { server, browser, administrator } = await stage()
let uri

before(async () => {
  await administrator.deploy('hello')
  uri = (await administrator.send('GET', pathOf('hello'))).properties.inferenceEndpoint.uri
  await moveIn(browser, server)
})

function pathOf(name) {
  return `${administrator.project}/serverlessEndpoints/${name}`
}

function keysOf(name) {
  return administrator.send('POST', `${pathOf(name)}/listKeys`)
}

// The data plane, as a client of the endpoint asks it.
function chat(key, content = 'What is Cupola?', name = 'hello', more = {}) {
  return fetch(`${server.origin}${new URL(uri).pathname.replace(/hello$/, name)}/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 8, ...more }),
  })
}

async function statusOf(...asked) {
  const answer = await chat(...asked)
  await answer.text()
  return answer.status
}

async function enter(path, options) {
  const page = await open(browser, server, options)
  await page.goto(`/portal/endpoints${path}`)
  await signIn(page)
  return page
}

async function tab(page, name) {
  await page.getByRole('tab', { name, exact: true }).click()
}

test('the list says what was done today, and leads to the endpoint', async () => {
  const { primaryKey } = await keysOf('hello')
  for (let asked = 0; asked < 3; asked++) assert.equal(await statusOf(primaryKey), 200)
  const page = await enter('')
  const row = page.getByRole('row', { name: /hello/ })
  const cell = index => row.getByRole('cell').nth(index).textContent()
  await until(() => cell(4), '3')
  assert.ok(Number(await cell(5)) > 20, `tokens today: ${await cell(5)}`)
  assert.match(await cell(6), /^US\$0\.0000\d+$/)
  await page
    .getByText(/Today, by UTC, in this project: 3 requests, refused ones included, \d+ tokens, US\$0\.0000/)
    .waitFor()
  await row.getByRole('link', { name: 'hello' }).click()
  await page.getByRole('heading', { name: 'hello', level: 1 }).waitFor()
  assert.match(page.url(), /\/portal\/endpoints\/hello\?subscription=/)
  await page.getByText(uri).first().waitFor()
  const today = page.getByRole('tabpanel')
  await today.getByText('Requests today, UTC').waitFor()
  await today.getByText('refused ones included').waitFor()
  // In Berlin, where the browser is, a day begins at another hour.
  const spans = page.asked.filter(one => one.includes('interval=FULL')).map(one => new URL(one.split(' ')[1]))
  const from = spans.map(url => url.searchParams.get('timespan').slice(10, 20))
  assert.ok(from.length > 0 && from.every(hour => hour === 'T00:00:00Z'), `days of the ledger are in UTC: ${from}`)
  await today.getByRole('link', { name: 'Tiny Chat' }).waitFor()
  for (const text of ['tiny chat', 'eastus2', 'Keys', 'Cupola administrator']) {
    assert.ok((await today.textContent()).toLowerCase().includes(text.toLowerCase()), `${text} is on the overview`)
  }
  await isAccessible(page, 'the overview')
  await shot(page, 'endpoint')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('keys are hidden until they are wanted, and replaced one at a time', async () => {
  const before = await keysOf('hello')
  const page = await enter('/hello', { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.getByRole('img', { name: 'Primary key, hidden' }).waitFor()
  assert.ok(!page.asked.some(asked => asked.includes('/listKeys')), 'nobody asked for the keys')
  await page.getByRole('button', { name: 'Copy the secondary key' }).click()
  await until(() => page.evaluate(() => navigator.clipboard.readText()), before.secondaryKey)
  assert.ok(!(await page.content()).includes(before.secondaryKey), 'copied, and not shown')
  await page.getByRole('button', { name: 'Show the primary key' }).click()
  await page.getByText(before.primaryKey).waitFor()
  assert.ok(!(await page.content()).includes(before.secondaryKey), 'the other one stays hidden')

  await page.getByRole('button', { name: 'Regenerate the primary key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Whatever uses the primary key is refused with 401').waitFor()
  await dialog.getByText(/The primary key was used for \d+ requests in the last 24 hours/).waitFor()
  await isAccessible(page, 'the question')
  await shot(page, 'endpoint-regenerate')
  await page.keyboard.press('Escape')
  await hasFocus(page.getByRole('button', { name: 'Regenerate the primary key' }))
  assert.equal((await keysOf('hello')).primaryKey, before.primaryKey, 'nothing was done')
  await page.getByRole('button', { name: 'Regenerate the primary key' }).click()
  await dialog.getByRole('button', { name: 'Regenerate the primary key' }).click()
  await dialog.waitFor({ state: 'detached' })

  const now = await keysOf('hello')
  assert.notEqual(now.primaryKey, before.primaryKey)
  assert.equal(now.secondaryKey, before.secondaryKey)
  await page.getByText(now.primaryKey).waitFor()
  await until(() => statusOf(before.primaryKey), 401)
  assert.equal(await statusOf(now.primaryKey), 200)
  assert.equal(await statusOf(now.secondaryKey), 200)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  for (const key of Object.values(now)) assert.ok(!kept.includes(key) && !page.asked.join().includes(key))
  await page.reload()
  await page.getByRole('img', { name: 'Primary key, hidden' }).waitFor()
  assert.ok(!(await page.content()).includes(now.primaryKey))
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('the code has the real address, and no key', async () => {
  const { primaryKey, secondaryKey } = await keysOf('hello')
  const page = await enter('/hello?tab=code')
  const samples = page.getByRole('tablist', { name: 'Languages and clients' })
  const shown = page.getByRole('region', { name: '2. Ask' }).locator('pre')
  for (const name of ['curl', 'azure-ai-inference', 'openai (Python)', 'openai (JavaScript)', 'LangChain']) {
    await samples.getByRole('tab', { name, exact: true }).click()
    const code = await shown.textContent()
    assert.ok(code.includes(uri) && code.includes('CUPOLA_KEY'), `${name}: ${code}`)
  }
  await samples.getByRole('tab', { name: 'azure-ai-ml' }).click()
  assert.match(await shown.textContent(), /workspace_name="hello-project"[\s\S]*get\("hello"\)/)
  const whole = await page.content()
  assert.ok(!whole.includes(primaryKey) && !whole.includes(secondaryKey))
  await isAccessible(page, 'the code')
  await shot(page, 'endpoint-code')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('limits are set, met and shown', async () => {
  const { secondaryKey } = await keysOf('hello')
  const page = await enter('/hello?tab=limits')
  const endpoint = page.getByRole('region', { name: 'This minute' })
  await endpoint.getByText(/of 200,000 left/).waitFor()
  const field = page.getByLabel('Secondary key: requests per minute')
  await field.fill('0')
  await page.getByText('At least 1: a limit of 0 would let nothing through.').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Save limits' }).isDisabled())
  await field.fill('1')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await endpoint.getByText(/of 1 left/).waitFor()
  const { properties } = await administrator.send('GET', pathOf('hello'))
  assert.deepEqual(properties.rateLimits, { keys: { secondary: { requestsPerMinute: 1 } } })

  // Not across the end of a minute, where it would begin anew.
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < 8000) await new Promise(resolve => setTimeout(resolve, leftMs + 200))
  await until(async () => [200, 429].includes(await statusOf(secondaryKey)), true)
  assert.equal(await statusOf(secondaryKey), 429)
  await endpoint.getByText('0 of 1 left').waitFor()
  await isAccessible(page, 'the limits')
  await shot(page, 'endpoint-limits')

  await field.fill('')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await endpoint.getByText(/of 1 left/).waitFor({ state: 'detached' })
  assert.equal((await administrator.send('GET', pathOf('hello'))).properties.rateLimits, undefined)
  await until(() => statusOf(secondaryKey), 200)
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('what was typed and not saved is still there after a look at another tab', async () => {
  const page = await enter('/hello?tab=limits')
  const field = page.getByLabel('Primary key: requests per minute')
  await field.fill('77')
  await tab(page, 'Content filter')
  const rule = page.getByLabel('Violence in prompts')
  await rule.selectOption('block High')
  await tab(page, 'Limits')
  assert.equal(await field.inputValue(), '77')
  await page.getByRole('button', { name: 'Discard' }).click()
  await tab(page, 'Content filter')
  assert.equal(await rule.inputValue(), 'block High')
  await page.getByRole('button', { name: 'Discard' }).click()
  await tab(page, 'Limits')
  assert.equal(await field.inputValue(), '', 'what was discarded is gone')
  // What is saved is no draft: another tab and back show what is there.
  await field.fill('77')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await page.getByText(/of 77 left/).waitFor()
  await administrator.send('PATCH', pathOf('hello'), { properties: { rateLimits: null } })
  await tab(page, 'Content filter')
  assert.equal(await rule.inputValue(), 'block Medium')
  await tab(page, 'Limits')
  await page.getByRole('button', { name: 'Refresh', exact: true }).click()
  await until(() => field.inputValue(), '')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('what is screened is changed with a word about what it means', async () => {
  const { primaryKey } = await keysOf('hello')
  assert.equal(await statusOf(primaryKey, THREAT), 400)
  const page = await enter('/hello?tab=filter')
  const rule = page.getByLabel('Violence in prompts')
  await page.getByRole('heading', { name: "The system's rules" }).waitFor()
  assert.equal(await rule.inputValue(), 'block Medium')
  await rule.selectOption('annotate Low')
  await page.getByLabel('Hate and unfairness in answers').selectOption('block Low')
  await isAccessible(page, 'the rules')
  await shot(page, 'endpoint-filter')
  await page.getByRole('button', { name: 'Save rules' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Less is stopped than before: Violence in prompts.').waitFor()
  await dialog.getByRole('button', { name: 'Save rules' }).click()
  await page.getByRole('heading', { name: 'Rules of this endpoint' }).waitFor()
  assert.equal(await rule.inputValue(), 'annotate Low')
  await until(() => statusOf(primaryKey, THREAT), 200)

  await page.getByRole('button', { name: "Back to the system's rules" }).click()
  await dialog.getByRole('button', { name: 'Delete its rules' }).click()
  await page.getByRole('heading', { name: "The system's rules" }).waitFor()
  assert.equal(await rule.inputValue(), 'block Medium')
  await until(() => statusOf(primaryKey, THREAT), 400)

  const all = page.getByRole('switch', { name: 'Prompts and answers are screened' })
  await all.click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await statusOf(primaryKey, THREAT), 400, 'nothing was done')
  await all.click()
  await dialog.getByRole('button', { name: 'Switch it off' }).click()
  await page.getByRole('switch', { name: 'Nothing is screened' }).waitFor()
  await until(() => statusOf(primaryKey, THREAT), 200)
  await page.getByRole('switch', { name: 'Nothing is screened' }).click()
  await page.getByRole('switch', { name: 'Prompts and answers are screened' }).waitFor()
  await until(() => statusOf(primaryKey, THREAT), 400)
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('metrics, requests and the log have what happened', async () => {
  const { primaryKey } = await keysOf('hello')
  // The time to the first token is that of a stream.
  await (await chat(primaryKey, 'And an endpoint?', 'hello', { stream: true })).text()
  const answer = await chat(primaryKey)
  const id = answer.headers.get('x-ms-request-id')
  const used = (await answer.json()).usage
  const page = await enter('/hello?tab=metrics')
  const numbers = page.getByLabel('Numbers in the last hour')
  await numbers.getByText(/\d+ in, \d+ out/).waitFor()
  // What the page counts is what the clients of these stories counted.
  const { value } = await administrator.send(
    'GET',
    `${pathOf('hello')}/providers/Microsoft.Insights/metrics?api-version=2023-10-01&metricnames=Requests,ThrottledRequests&interval=FULL`,
  )
  const [requests, throttled] = value.map(metric => metric.timeseries[0].data[0].total)
  assert.ok(requests >= 8 && throttled >= 1, `${requests} requests, ${throttled} of them over a limit`)
  const of = name =>
    numbers
      .locator('div', { has: page.getByText(name, { exact: true }) })
      .locator('dd')
      .first()
      .textContent()
  await until(() => of('Requests'), String(requests))
  assert.equal(await of('Throttled'), String(throttled))
  await page.getByText('429 (over a limit)').waitFor()
  await until(() => page.locator('.uplot').count(), 5)
  await isAccessible(page, 'the metrics')
  await shot(page, 'endpoint-metrics')
  await page.getByRole('combobox', { name: 'Period' }).click()
  await page.getByRole('option', { name: 'Last 7 days' }).click()
  await page.getByLabel('Numbers in the last 7 days').waitFor()
  assert.match(page.url(), /period=7d/)

  await tab(page, 'Requests')
  const row = page.getByRole('row', { name: new RegExp(id) })
  await row.waitFor()
  const told = await row.textContent()
  assert.match(await row.getByRole('time').textContent(), /\d\d:\d\d:\d\d$/)
  for (const text of ['200 Answered', 'Primary key', String(used.prompt_tokens), 'chat']) {
    assert.ok(told.includes(text), `${text} in ${told}`)
  }
  await isAccessible(page, 'the requests')
  await shot(page, 'endpoint-requests')
  await page.setViewportSize({ width: 390, height: 844 })
  await row.getByRole('button', { name: `Copy the id ${id}` }).waitFor()
  await fits(page, 'the requests on a telephone')
  await page.setViewportSize({ width: 1440, height: 900 })
  await row
    .getByRole('button', { name: id.slice(0, 8) })
    .first()
    .click()
  const charged = await page
    .getByRole('dialog')
    .getByText(/Charged: \d+ /)
    .textContent()
  // What the model had read before is told apart.
  const prompts = [...charged.matchAll(/(\d+) (?:cached )?prompt tokens/g)].map(([, count]) => Number(count))
  assert.equal(
    prompts.reduce((sum, count) => sum + count, 0),
    used.prompt_tokens,
    charged,
  )
  await page.getByRole('button', { name: 'Close' }).click()
  await hasFocus(row.getByRole('button', { name: id.slice(0, 8) }).first())

  // What was refused is not charged. Of what the filter blocked there is a record, and of a wrong key none.
  const why = page.getByRole('region', { name: 'Why was this refused?' })
  const explain = async (asked, status, words) => {
    const answer = await asked
    assert.equal(answer.status, status)
    await page.getByLabel('Explain a request by its id').fill(answer.headers.get('x-ms-request-id'))
    await page.getByRole('button', { name: 'Explain', exact: true }).click()
    await page.waitForURL('**/portal/access/check?**')
    await why.getByText(words).first().waitFor()
  }
  await explain(chat(primaryKey, THREAT), 400, /violence/i)
  await page.goBack()
  await row.waitFor()
  await explain(chat('no-key-of-it'), 401, /The record has nothing under/)
  await page.goBack()

  await tab(page, 'Activity')
  await page.getByRole('row', { name: /Regenerate a key of a serverless endpoint Succeeded Ann Lee/ }).waitFor()
  await page
    .getByRole('row', { name: /Create or update a serverless endpoint Accepted Cupola administrator/ })
    .waitFor()
  await isAccessible(page, 'the activity')
  await shot(page, 'endpoint-activity')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('an endpoint that does not answer says why, and is cured', async () => {
  await administrator.send('PUT', BINDING, { properties: { kind: 'simulator' } })
  const subscription = `${administrator.project}/marketplaceSubscriptions/command-r`
  await administrator.send('PUT', subscription, { properties: { modelId: COHERE } })
  await administrator.deploy('command', COHERE)
  const { primaryKey } = await keysOf('command')
  await until(() => statusOf(primaryKey, 'Hello', 'command'), 200)
  await administrator.send('DELETE', subscription)
  const page = await enter('')
  await page.getByRole('row', { name: /command.*Suspended/ }).waitFor()
  await page.getByRole('link', { name: 'command', exact: true }).click()
  await page.getByText('the marketplace subscription to its model was deleted').waitFor()
  await isAccessible(page, 'a suspended endpoint')
  await shot(page, 'endpoint-suspended')
  await page.getByRole('button', { name: 'Subscribe again' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('By subscribing you accept the terms of Cohere (Cohere-Commercial)').waitFor()
  await dialog.getByText(/US\$0\.15 for 1M prompt tokens, US\$0\.60 for 1M completion tokens/).waitFor()
  await dialog.getByRole('button', { name: 'Accept and subscribe' }).click()
  await page.getByText('Subscribe again').waitFor({ state: 'detached' })
  await page.getByText('Online').first().waitFor()
  await until(() => statusOf(primaryKey, 'Hello', 'command'), 200)

  // A model that is deployed cannot be unbound by the API; an older store, or a catalog file that is gone, can have it so.
  await page.route('**/Cupola.Catalog/models?*', async route => {
    const answer = await route.fetch()
    const models = await answer.json()
    for (const model of models.value) if (model.id === COHERE) model.binding = null
    await route.fulfill({ response: answer, json: models })
  })
  await page.reload()
  await page.getByText('Nothing serves Cohere-command-r-08-2024 any more').waitFor()
  await page.getByText(`cupola catalog bind ${COHERE} --simulator`).waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('an endpoint that could not be deployed says the reason and what to type', async () => {
  const page = await open(browser, server)
  const why = `The worker of ${COHERE} cannot run: no such file. Bind the model to a file that is one with: cupola catalog bind ${COHERE} --engine FILE_OR_DIR, then create the endpoint again.`
  await page.route('**/serverlessEndpoints/hello?*', async route => {
    const answer = await route.fetch()
    const body = await answer.json()
    body.properties.provisioningState = 'Failed'
    body.properties.endpointState = 'CreationFailed'
    delete body.properties.inferenceEndpoint
    await route.fulfill({ response: answer, json: body })
  })
  await page.route('**/mfeOperationsStatus/**', route =>
    route.fulfill({ json: { status: 'Failed', error: { code: 'UserError', message: why } } }),
  )
  await page.goto('/portal/endpoints/hello')
  await signIn(page)
  await page.getByText('It could not be deployed').waitFor()
  await page.getByText('cannot run: no such file').waitFor()
  await page.getByText(`cupola catalog bind ${COHERE} --engine FILE_OR_DIR`, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Try again' }).waitFor()
  await tab(page, 'Code')
  await page.getByText('There is no address to ask yet').waitFor()
  await leave(page)
})

test('a reader sees the endpoint, and is told what they may not', async () => {
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.project }])
  const page = await open(browser, server)
  await acceptInvitation(page, server, REA, token)
  await page.getByRole('link', { name: 'hello', exact: true }).click()
  await page.getByText('Requests today, UTC').waitFor()
  const endpoints = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints'
  const button = name => page.getByRole('button', { name, exact: true })
  await isWithheld(page, button('Show the primary key'), `${endpoints}/listKeys/action`)
  await isWithheld(page, button('Regenerate the primary key'), `${endpoints}/regenerateKeys/action`)
  await isWithheld(page, button('Delete'), `${endpoints}/delete`)
  await isAccessible(page, 'what a reader may not')
  await shot(page, 'endpoint-reader')
  await tab(page, 'Content filter')
  const all = page.getByRole('switch', { name: 'Prompts and answers are screened' })
  await isWithheld(page, all, `${endpoints}/write`)
  assert.ok(await all.isChecked(), 'it stays as it was')
  await isAccessible(page, 'a filter that a reader may not change')
  await isWithheld(page, button('Save rules'), `${endpoints}/raiPolicies/write`)
  await tab(page, 'Limits')
  await isWithheld(page, button('Save limits'), `${endpoints}/write`)

  // A page that does not know it yet is told by the server.
  await believeAll(page)
  await page.reload()
  await tab(page, 'Overview')
  await page.getByRole('button', { name: 'Show the primary key' }).click()
  await page.getByText('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/listKeys/action').waitFor()
  await tab(page, 'Limits')
  await page.getByLabel('Endpoint: tokens per minute').fill('5')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await page.getByText('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write').waitFor()
  await isAccessible(page, 'the refusal')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('every part fits a telephone, from right to left, and is reached by keys', async () => {
  const page = await open(browser, server, { viewport: { width: 390, height: 844 } })
  await rightToLeft(page)
  await page.goto('/portal/endpoints/hello')
  await signIn(page)
  const first = page.getByRole('tab', { name: 'Overview' })
  await first.focus()
  for (const name of ['Overview', 'Code', 'Metrics', 'Requests', 'Limits', 'Content filter', 'Activity']) {
    const here = page.getByRole('tab', { name, exact: true })
    await here.focus()
    await here.press('Enter')
    await page.getByRole('tabpanel', { name }).waitFor()
    await page.getByRole('tab', { name, exact: true, selected: true }).waitFor()
    await fits(page, name)
    await isAccessible(page, `${name}, narrow`)
  }
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('deleting names what stops, wants the name, and leads back', async () => {
  const target = `${uri}/v1`
  await administrator.send('PUT', `${administrator.project}/connections/to-hello`, {
    properties: { category: 'Serverless', authType: 'ApiKey', target, credentials: { key: 'k' } },
  })
  const page = await enter('/hello')
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('the connection to-hello, which leads here').waitFor()
  await dialog.getByText(/clients that made \d+ requests in the last 24 hours/).waitFor()
  const button = dialog.getByRole('button', { name: 'Delete endpoint' })
  assert.ok(await button.isDisabled())
  await dialog.getByLabel('Type hello to go on').fill('hello')
  await isAccessible(page, 'the question')
  await shot(page, 'endpoint-delete')
  await button.click()
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor()
  await page.getByRole('row', { name: /command/ }).waitFor()
  await hasFocus(page.getByRole('heading', { level: 1 }))
  assert.equal(await page.getByRole('link', { name: 'hello', exact: true }).count(), 0)
  await assert.rejects(administrator.send('GET', pathOf('hello')), /404/)
  await page.goBack()
  await page.getByText('There is no endpoint hello in hello-project').waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})
