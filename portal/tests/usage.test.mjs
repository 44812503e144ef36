// Usage and cost: the numbers of the page are those of the bill, whatever is told apart.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { answerCosts, answerOf, record } from './bill.mjs'
import { leave, open } from './browser.mjs'
import { fits, rightToLeft } from './fits.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { shot } from './shot.mjs'
import { moveIn, stage } from './stage.mjs'
import { until } from './until.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const LONG = 'an-endpoint-with-a-name-as-long-as-names-may-be-here'
const DAY_MS = 86_400_000
const dayAgo = days => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)

const { server, browser, administrator } = await stage()
let asked
let records
let refuses

const CSV = 'totalCost,quantity\r\n0.000000000001,1\r\n'

const denied = () => ({
  error: {
    code: 'AuthorizationFailed',
    message: `The client 'x' does not have authorization to perform action 'Microsoft.CostManagement/query/read' over scope '${administrator.subscription}' or the scope is invalid.`,
  },
})

before(() => moveIn(browser, server))

/** A page whose bill is these records. */
async function billed(some, where = '/portal/usage') {
  records = some
  refuses = undefined
  asked = []
  const page = await open(browser, server, { acceptDownloads: true })
  await answerCosts(page, (path, accept, body) => {
    asked.push({ path, accept, body })
    if (refuses?.(path)) return { status: 403, type: 'application/json', text: JSON.stringify(denied()) }
    if (accept === 'text/csv') return { status: 200, type: 'text/csv', text: CSV }
    const answer = answerOf(records, administrator.project, body)
    return { status: 200, type: 'application/json', text: JSON.stringify(answer) }
  })
  await page.goto(where)
  await signIn(page)
  await page.getByRole('heading', { name: 'Usage and cost', level: 1 }).waitFor()
  return page
}

const some = () => [
  record('hello', dayAgo(0), { prompt_tokens: 1000, completion_tokens: 500, requests: 10 }, { hour: 0 }),
  record('hello', dayAgo(3), { prompt_tokens: 3000, completion_tokens: 250, requests: 20 }, { key: 'secondary' }),
  record(
    LONG,
    dayAgo(3),
    { prompt_tokens: 170, cached_prompt_tokens: 30, completion_tokens: 100, requests: 2 },
    { model: 'other-chat' },
  ),
  record('hello', dayAgo(33), { prompt_tokens: 2000, completion_tokens: 0, requests: 4 }),
]

/** Cells of the row whose first cell has these words. */
async function cellsOf(page, words) {
  const row = page
    .getByRole('table', { name: 'groups' })
    .getByRole('row')
    .filter({ has: page.getByText(words, { exact: true }) })
  await row.waitFor()
  return (await row.getByRole('cell').allTextContents()).map(text => text.trim())
}

async function card(page, title) {
  const text = await page.getByLabel('Totals').locator('div').filter({ hasText: title }).first().textContent()
  return text.slice(title.length)
}

test('what a program uses is on the page, to the token', async () => {
  await administrator.deploy('metered')
  const path = `${administrator.project}/serverlessEndpoints/metered`
  const { primaryKey } = await administrator.send('POST', `${path}/listKeys`)
  const uri = (await administrator.send('GET', path)).properties.inferenceEndpoint.uri
  const address = new URL(new URL(uri).pathname.replace(/\/$/, ''), server.origin)
  let [prompt, completion] = [0, 0]
  for (const content of ['hello', 'how are you today?']) {
    const answer = await fetch(`${address}/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${primaryKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 8 }),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    const { usage } = await answer.json()
    prompt += usage.prompt_tokens
    completion += usage.completion_tokens
  }
  const page = await open(browser, server)
  await page.goto('/portal/usage?period=today&show=tokens')
  await signIn(page)
  const row = page.getByRole('table', { name: 'groups' }).getByRole('row').filter({ hasText: 'metered' })
  for (let tries = 0; tries < 20 && (await row.getByText(String(prompt + completion)).count()) === 0; tries++) {
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.waitForTimeout(500)
  }
  const cells = (await row.getByRole('cell').allTextContents()).map(text => Number(text.replaceAll(',', '')))
  assert.equal(cells[2], prompt + completion, `${cells}`)
  assert.equal(cells[3] + cells[4], prompt, 'cached tokens of the prompt are told apart')
  assert.deepEqual(cells.slice(5, 7), [completion, 2])
  await page.getByRole('button', { name: 'The same as a table' }).click()
  const points = page.getByRole('table', { name: 'points of Tokens by hour and endpoint' })
  const all = (await points.getByRole('cell').allTextContents()).map(text => Number(text.replaceAll(',', '')))
  assert.equal(
    all.filter(value => !Number.isNaN(value)).reduce((sum, value) => sum + value, 0),
    prompt + completion,
    'the plot has what the table has',
  )
  const file = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const text = await readFile(await (await file).path(), 'utf8')
  assert.match(text, /^Cost,UsageQuantity,UsageTime,ResourceId,Meter,Currency\r\n/)
  assert.match(
    text,
    new RegExp(`,${completion},[^,]+,[^,]*/serverlessEndpoints/metered,completion_tokens,USD\r\n`, 'i'),
  )
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('totals, table and plot say the same, beside the period before', async () => {
  const page = await billed(some())
  await page.getByRole('table', { name: 'groups' }).waitFor()
  assert.match(await card(page, 'Cost'), /^US\$7\.60\+280%: US\$2\.00 in the 30 days before$/)
  assert.match(await card(page, 'Tokens'), /^5,050\+153%: 2,000 in the 30 days before$/)
  assert.match(await card(page, 'Requests charged'), /^32\+700%: 4 in/)
  assert.match(await card(page, 'Prompt tokens, cached included'), /^4,200\+110%: 2,000 in/)
  const hello = await cellsOf(page, 'hello')
  assert.deepEqual(hello.slice(1), ['US$7.00', '4,750', '4,000', '0', '750', '30', 'US$2.00', '+250%'])
  assert.deepEqual((await cellsOf(page, LONG)).slice(1), ['US$0.60', '300', '170', '30', '100', '2', 'US$0.00', '–'])
  const link = await page.getByRole('link', { name: 'hello', exact: true }).getAttribute('href')
  assert.match(link, /\/portal\/endpoints\/hello\?subscription=.*&group=cupola&workspace=hello-project$/)

  await page.getByRole('button', { name: 'The same as a table' }).click()
  const points = page.getByRole('table', { name: 'points of Cost by day and endpoint' })
  await points.waitFor()
  const shown = await points.getByRole('row').allTextContents()
  assert.equal(shown.length, 31, 'every day of thirty, and the head')
  assert.ok(
    shown.some(text => /US\$4\.00US\$0\.60$/.test(text)),
    shown.join('\n'),
  )
  await page.getByRole('button', { name: 'The same as a table' }).click()
  await isAccessible(page, 'usage')
  await shot(page, 'usage')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('what is told apart, filters and the period are in the address', async () => {
  const page = await billed(some(), '/portal/usage?period=7d&by=key')
  await page.getByRole('table', { name: 'groups' }).getByText('hello: secondary key').waitFor()
  assert.ok(
    asked.some(({ body }) => body.dataset.grouping.map(one => one.name).join() === 'ResourceId,Key,Principal,Meter'),
  )
  await page.getByLabel('Group by').selectOption('model')
  await page.getByRole('table', { name: 'groups' }).getByText('other-chat').waitFor()
  assert.match(page.url(), /by=model/)
  const filter = page.getByRole('combobox', { name: 'Filter by model' })
  await filter.click()
  await page.getByRole('menuitemcheckbox', { name: 'tiny-chat' }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('table', { name: 'groups' }).getByText('other-chat').waitFor({ state: 'detached' })
  assert.match(page.url(), /model=tiny-chat/)
  assert.match(await card(page, 'Requests charged'), /^30/)
  assert.deepEqual((await cellsOf(page, 'tiny-chat')).slice(1, 3), ['US$7.00', '4,750'])

  await page.reload()
  await page.getByRole('table', { name: 'groups' }).getByText('tiny-chat').waitFor()
  assert.match(await card(page, 'Requests charged'), /^30/, 'the address says it all')
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByRole('table', { name: 'groups' }).getByText('other-chat').waitFor()

  await page.getByLabel('Group by').selectOption('meter')
  assert.deepEqual((await cellsOf(page, 'Completion tokens')).slice(1, 3), ['US$3.40', '850'])
  await page.getByLabel('Group by').selectOption('hour')
  await page.getByRole('heading', { name: 'By hour', exact: true }).waitFor()
  await until(() => asked.some(({ body }) => body.dataset.granularity === 'Hourly'), true)
  await page.getByLabel('Period').selectOption('custom')
  await page.getByLabel('From', { exact: true }).fill(dayAgo(3))
  await page.getByLabel('To, with that day').fill(dayAgo(3))
  await page.waitForURL(new RegExp(`from=${dayAgo(3)}&to=${dayAgo(3)}`))
  await page.getByLabel('Totals').getByText('22', { exact: true }).waitFor()
  await page.getByLabel('Scope').selectOption('project')
  await page.waitForURL(/at=project/)
  await page.getByLabel('Totals').getByText('22', { exact: true }).waitFor()
  await until(() => asked.at(-1).path.includes('/workspaces/hello-project/providers/Microsoft.CostManagement'), true)
  await leave(page)
})

test('the file has what is shown, asked as text', async () => {
  const page = await billed(some(), '/portal/usage?period=7d&by=model')
  await page.getByRole('table', { name: 'groups' }).waitFor()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const file = await downloading
  assert.equal(file.suggestedFilename(), `usage-by-model-${dayAgo(6)}-${dayAgo(0)}.csv`)
  assert.equal(await readFile(await file.path(), 'utf8'), CSV)
  const { body, accept } = asked.at(-1)
  assert.equal(accept, 'text/csv')
  assert.deepEqual(
    [body.dataset.granularity, body.dataset.grouping.map(one => one.name)],
    ['Daily', ['Model', 'Meter']],
  )
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('nothing used, nothing allowed, and a fault are each said', async () => {
  const page = await billed([])
  await page.getByText('Nothing was used in this period').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Export CSV' }).isDisabled())
  await isAccessible(page, 'no usage')
  await shot(page, 'usage-empty')
  records = some()
  refuses = path => !path.includes('/workspaces/')
  await page.reload()
  await page.getByText('You may not do this').waitFor()
  await isAccessible(page, 'refused')
  await shot(page, 'usage-forbidden')
  await page.getByRole('button', { name: 'Look at hello-project alone' }).click()
  await page.getByRole('table', { name: 'groups' }).getByText('hello', { exact: true }).waitFor()
  await leave(page)
})

test('a reader of a project sees its bill, and nothing is asked that would be refused', async () => {
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.project }])
  const page = await open(browser, server)
  await acceptInvitation(page, server, REA, token)
  await page.goto('/portal/usage?period=today&by=model')
  await page.getByRole('table', { name: 'groups' }).getByText('tiny-chat').waitFor()
  assert.equal(await page.getByLabel('Scope').inputValue(), 'project')
  await page.getByText(/^What hello-project has used/).waitFor()
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing is refused')
  await page.getByLabel('Scope').selectOption('subscription')
  await page.getByText('You may not do this').waitFor()
  await page.getByText('Microsoft.CostManagement/query/read').waitFor()
  await isAccessible(page, 'the bill of a subscription, to a reader of a project')
  const questions = page.asked.filter(asked => asked.includes('Microsoft.CostManagement'))
  assert.ok(questions.length > 0 && questions.every(asked => asked.includes('/workspaces/hello-project/')), questions)
  await page.getByRole('button', { name: 'Look at hello-project alone' }).click()
  await page.getByRole('table', { name: 'groups' }).getByText('tiny-chat').waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('two hundred endpoints, narrow, and from right to left', async () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    record(`endpoint-${index}`, dayAgo(index % 20), { prompt_tokens: 100 + index, requests: 1 }, { hour: 0 }),
  )
  const page = await billed(many)
  await page.getByText(/200/).first().waitFor()
  assert.equal((await page.getByRole('table', { name: 'groups' }).getByRole('row').count()) > 20, true)
  await page.getByRole('searchbox', { name: 'Filter groups' }).fill('endpoint-199')
  assert.deepEqual((await cellsOf(page, 'endpoint-199'))[2], '299')
  await page.setViewportSize({ width: 390, height: 844 })
  await rightToLeft(page)
  await page.reload()
  await page.getByRole('table', { name: 'groups' }).getByText('endpoint-199').waitFor()
  await fits(page)
  await isAccessible(page, 'narrow usage')
  await leave(page)
})
