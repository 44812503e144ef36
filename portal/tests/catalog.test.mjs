// Find a model, subscribe to it, deploy it, end the subscription: as people do it, by the pages alone.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { isWithheld } from './rights.mjs'
import { binary } from './server.mjs'
import { shot } from './shot.mjs'
import { stage } from './stage.mjs'
import { until } from './until.mjs'

const run = promisify(execFile)
const DEV = { name: 'dev@example.com', shown: 'Dev Eloper', password: 'silver river past 9 mills' }
const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const COMMAND_R = { registry: 'azureml-cohere', name: 'Cohere-command-r-08-2024' }
const CLAUDE = '/portal/catalog/azureml-anthropic/claude-haiku-4-5'

const { server, browser, administrator } = await stage()

function bind({ registry, name }) {
  const path = `/providers/Cupola.Catalog/registries/${registry}/bindings/${name}`
  return administrator.send('PUT', path, { properties: { kind: 'simulator' } })
}

async function endpoint(name) {
  return (await administrator.send('GET', `${administrator.project}/serverlessEndpoints/${name}`)).properties
}

const heading = (page, name) => page.getByRole('heading', { name, level: 1, exact: true }).waitFor()

/** Waits until the list says how many models there are, or, where it did before, something else than that. */
async function count(page, before) {
  const status = page.getByRole('status').filter({ hasText: /\d+ models/ })
  if (before) await status.filter({ hasNotText: said(before) }).waitFor()
  return (await status.textContent()).match(/\d+/g).map(Number)
}

/** Waits until the list says these numbers. */
function counts(page, numbers) {
  return page
    .getByRole('status')
    .filter({ hasText: said(numbers) })
    .waitFor()
}

const said = numbers => new RegExp(`^${numbers.join(' of ')} models$`)

async function choose(page, facet, option) {
  await page.getByRole('combobox', { name: facet, exact: true }).click()
  await page
    .getByRole('option', { name: option })
    .or(page.getByRole('menuitemcheckbox', { name: option }))
    .click()
  await page.keyboard.press('Escape')
}

test('a stranger finds the demo model and has it answer', async () => {
  const page = await open(browser, server)
  await acceptInvitation(page, server)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Model catalog' }).click()
  await heading(page, 'Model catalog')
  const [all] = await count(page)
  assert.ok(all > 40, `${all} models`)
  // What can be deployed at once comes first.
  const first = page.getByRole('list', { name: 'Models' }).getByRole('link').first()
  assert.equal(await first.textContent(), 'Tiny Chat')
  await isAccessible(page, 'the catalog')
  await shot(page, 'catalog')

  await page.getByRole('searchbox', { name: 'Search models' }).fill('tiny demonstration')
  assert.deepEqual(await count(page, [all]), [1, all])
  await page.getByRole('link', { name: 'Tiny Chat' }).click()
  await heading(page, 'Tiny Chat')
  await page.getByText('Served by the embedded engine.').waitFor()
  await isAccessible(page, 'a model')
  await shot(page, 'model')

  await page.getByRole('link', { name: 'Deploy', exact: true }).click()
  await heading(page, 'Deploy Tiny Chat')
  const name = page.getByLabel('Name of the endpoint')
  assert.equal(await name.inputValue(), 'tiny-chat')
  assert.ok(
    await page.getByRole('switch', { name: 'Content filter' }).isChecked(),
    'what is said is screened by default',
  )
  await name.fill('4 walls')
  await page.getByText('Use a letter, then at most 51 letters, digits and hyphens.').waitFor()
  const deploy = page.getByRole('button', { name: 'Deploy', exact: true })
  assert.ok(await deploy.isDisabled())
  await name.fill('hello')
  await page.getByText('The name is free.').waitFor()
  await page.getByLabel('Tokens per minute').fill('none')
  await page.getByText('A whole number of at least 1, or nothing').waitFor()
  assert.ok(await deploy.isDisabled())
  await page.getByLabel('Tokens per minute').fill('5000')
  await page.getByText('The name is free.').waitFor()
  await isAccessible(page, 'the form')
  await shot(page, 'deploy')
  await deploy.click()
  await page.waitForURL('**/portal/endpoints/hello?**')

  const made = await endpoint('hello')
  assert.equal(made.endpointState, 'Online')
  assert.equal(made.contentSafety.contentSafetyStatus, 'Enabled')
  assert.deepEqual(made.rateLimits, { tokensPerMinute: 5000 })
  assert.deepEqual(page.faults, [], 'no request to anywhere else, nothing refused by the policy, no error')
  await leave(page)
})

test('the code of the page works as it stands', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/catalog/cupola/tiny-chat?tab=samples')
  await signIn(page)
  await page.getByText('With the address of hello.').waitFor()
  const call = page.getByRole('region', { name: 'Call it' })
  const deploy = page.getByRole('region', { name: 'Deploy it' })
  for (const name of ['curl', 'azure-ai-inference', 'OpenAI Python', 'OpenAI JavaScript']) {
    await call.getByRole('tab', { name, exact: true }).waitFor()
  }
  for (const name of ['cupola', 'azure-ai-ml', 'Bicep', 'az']) {
    await deploy.getByRole('tab', { name, exact: true }).waitFor()
  }
  await isAccessible(page, 'the samples')
  await shot(page, 'model-samples')

  const { primaryKey } = await administrator.send('POST', `${administrator.project}/serverlessEndpoints/hello/listKeys`)
  const ca = join(server.folder, 'data', 'tls', 'ca.pem')
  const env = { ...process.env, ENDPOINT_KEY: primaryKey, CURL_CA_BUNDLE: ca, SSL_CERT_FILE: ca }
  const { stdout } = await run('bash', ['-c', await call.locator('code').textContent()], { env })
  assert.equal(JSON.parse(stdout).choices[0].message.role, 'assistant', stdout)

  await deploy.getByRole('tab', { name: 'Bicep' }).click()
  const bicep = join(server.folder, 'main.bicep')
  await writeFile(bicep, await deploy.locator('code').textContent())
  const compiled = await run(binary(), ['bicep', 'build', bicep, '--stdout'])
  assert.match(compiled.stdout, /serverlessEndpoints/)
  await leave(page)
})

test('a model says where it is deployed, in the project and in accounts', async () => {
  const account = `${administrator.group}/providers/Microsoft.CognitiveServices/accounts/lab`
  await administrator.send('PUT', account, {
    location: 'eastus2',
    kind: 'AIServices',
    sku: { name: 'S0' },
    properties: {},
  })
  await administrator.send('PUT', `${account}/deployments/chat`, {
    sku: { name: 'GlobalStandard', capacity: 10 },
    properties: { model: { format: 'Cupola', name: 'tiny-chat', version: '1' } },
  })
  const page = await open(browser, server)
  await page.goto('/portal/catalog/cupola/tiny-chat?tab=deployments')
  await signIn(page)
  const mine = page.getByRole('table', { name: 'deployments', exact: true })
  await mine.getByRole('row', { name: /hello.*Online.*eastus2/ }).waitFor()
  const others = page.getByRole('region', { name: 'In accounts of the subscription' })
  await others.getByRole('row', { name: /chat.*lab.*Running/ }).waitFor()
  await isAccessible(page, 'the deployments of a model')
  await shot(page, 'model-deployments')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('filters narrow, are in the address, and can be taken away', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/catalog')
  await signIn(page)
  const [all] = await count(page)
  await choose(page, 'Publisher', /^Cohere/)
  const cohere = await count(page, [all])
  assert.deepEqual(cohere, [9, all])
  await choose(page, 'Task', /^Embeddings/)
  const [both] = await count(page, cohere)
  assert.ok(both > 0 && both < 9, `${both} of Cohere embed`)
  assert.match(page.url(), /publisher=Cohere/)
  assert.match(page.url(), /task=embedding/)
  await page.reload()
  await counts(page, [both, all])
  await isAccessible(page, 'a narrowed catalog')
  await shot(page, 'catalog-filtered')
  await page.getByRole('searchbox', { name: 'Search models' }).fill('no such thing')
  await page.getByText('No model is like this').waitFor()
  await shot(page, 'catalog-nothing')
  await page.getByRole('button', { name: 'Show all models' }).click()
  await counts(page, [all])
  await choose(page, 'Fine-tuning', /Can be fine-tuned/)
  const [tuned] = await count(page, [all])
  assert.ok(tuned > 0 && tuned < all, `${tuned} can be fine-tuned`)
  await page.getByRole('button', { name: /Take away Fine-tuning/ }).click()
  await counts(page, [all])
  await leave(page)
})

test('what is offered in a filter is what the others leave', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/catalog')
  await signIn(page)
  const [all] = await count(page)
  await choose(page, 'Backend here', /^Ready to deploy \(/)
  const ready = await count(page, [all])
  await page.getByRole('combobox', { name: 'Publisher', exact: true }).click()
  const publishers = page.getByRole('menuitemcheckbox')
  await publishers.first().waitFor()
  const counted = (await publishers.allTextContents()).map(text => Number(/\((\d+)\)$/.exec(text)[1]))
  assert.equal(
    counted.reduce((sum, one) => sum + one, 0),
    ready[0],
    'every ready model has one publisher',
  )
  assert.equal(await publishers.filter({ hasText: 'Anthropic' }).count(), 0, 'none of Anthropic is ready')
  await page.keyboard.press('Escape')
  await choose(page, 'Offer', /^Sold directly/)
  await page.getByRole('button', { name: 'Take away Offer Sold directly' }).waitFor()
  const [both] = await count(page)
  assert.ok(both <= ready[0], `${both} of ${ready[0]}: a second filter never adds models`)
  await leave(page)
})

test('the way back leads to the model that was left', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/catalog')
  await signIn(page)
  const [all] = await count(page)
  await page.getByRole('combobox', { name: 'Order' }).selectOption('name')
  await page.getByRole('button', { name: /Show \d+ more/ }).click()
  const cards = page.getByRole('list', { name: 'Models' }).getByRole('link')
  await until(() => cards.count(), Math.min(96, all))
  const names = await cards.allTextContents()
  await cards.last().scrollIntoViewIfNeeded()
  const top = () => page.evaluate(() => document.querySelector('main').scrollTop)
  const place = await top()
  assert.ok(place > 900, `far down: ${place}`)
  await cards.last().click()
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
  await until(top, 0)
  await page.goBack()
  await heading(page, 'Model catalog')
  await until(top, place)
  assert.deepEqual(await cards.allTextContents(), names, 'as many, and in the same order')
  await page.goForward()
  await page.getByRole('tab', { name: 'Overview' }).waitFor()
  await until(top, 0)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Model catalog' }).click()
  await heading(page, 'Model catalog')
  assert.equal(await top(), 0, 'what is chosen anew begins at its top')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a refusal says its rule and what to do before anything is pressed', async () => {
  const page = await open(browser, server)
  await page.goto(CLAUDE)
  await signIn(page)
  await heading(page, 'Claude Haiku 4.5')
  await page.getByText('Nothing serves this model yet').waitFor()
  await page.getByRole('tab', { name: 'Regions and countries' }).click()
  await page.getByText('Sweden Central').waitFor()
  await page.getByText('Switzerland').waitFor()
  await shot(page, 'model-regions')
  await page.getByRole('tab', { name: 'Pricing and terms' }).click()
  await page.getByRole('row', { name: /Completion tokens.*5\.00/ }).waitFor()
  await shot(page, 'model-pricing')
  await page.getByRole('link', { name: 'Subscribe and deploy' }).click()
  const rules = page.getByRole('list', { name: 'Requirements' })
  await rules.getByText('Nothing serves this model here yet.').waitFor()
  await rules.getByText(/cupola catalog bind \S+claude-haiku-4-5 --simulator/).waitFor()
  await page.getByText('A requirement is not met; it says what to do.').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Subscribe and deploy' }).isDisabled())
  await isAccessible(page, 'the refusals')
  await shot(page, 'deploy-refused')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a name of another project is not free, and the server says so while it is typed', async () => {
  await administrator.makeProject('second')
  const page = await open(browser, server)
  await page.goto('/portal/catalog/cupola/tiny-chat/deploy')
  await signIn(page)
  await page.getByLabel('Name of the endpoint').fill('hello')
  await page.getByText('This project has an endpoint hello already.').waitFor()
  await page.goto(page.url().replace('workspace=hello-project', 'workspace=second'))
  await page.getByLabel('Name of the endpoint').fill('hello')
  await page.getByText("Serverless endpoint name 'hello' is not available.").waitFor()
  assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled())
  await page.getByLabel('Name of the endpoint').fill('hello-2')
  await page.getByText('The name is free.').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isEnabled())
  await leave(page)
})

test('a partner model: subscribe, deploy on the simulator, delete the subscription', async () => {
  await bind(COMMAND_R)
  const page = await open(browser, server)
  await page.goto('/portal/subscriptions')
  await signIn(page)
  await page.getByText('hello-project is subscribed to nothing').waitFor()
  await isAccessible(page, 'no subscriptions')
  await shot(page, 'subscriptions-empty')

  await page.goto(`/portal/catalog/${COMMAND_R.registry}/${COMMAND_R.name}/deploy`)
  const button = page.getByRole('button', { name: 'Subscribe and deploy' })
  await page.getByText('Accept the terms first.').waitFor()
  assert.ok(await button.isDisabled(), 'not before the terms are accepted')
  await page
    .getByRole('row', { name: /Prompt tokens.*0\.15.*1M tokens/ })
    .first()
    .waitFor()
  await page.getByRole('checkbox', { name: /I accept the terms of Cohere/ }).check()
  await page.getByLabel('Name of the endpoint').fill('ask-cohere')
  await page.getByText('The name is free.').waitFor()
  await isAccessible(page, 'subscribe and deploy')
  await shot(page, 'deploy-partner')
  await button.click()
  await page.waitForURL('**/portal/endpoints/ask-cohere?**')
  assert.equal((await endpoint('ask-cohere')).endpointState, 'Online')

  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Subscriptions' }).click()
  const row = page.getByRole('row', { name: /cohere-command-r-08-2024/ })
  await row.waitFor()
  for (const text of ['Subscribed', 'Cohere', 'Ann Lee', 'per 1M tokens']) {
    assert.ok((await row.textContent()).includes(text), `${text} in ${await row.textContent()}`)
  }
  await isAccessible(page, 'the subscriptions')
  await shot(page, 'subscriptions')
  await row.getByRole('link', { name: 'cohere-command-r-08-2024' }).click()
  await page.getByRole('region', { name: 'Endpoints that need it' }).getByText('Online').waitFor()
  await page.getByText('https://cohere.com/saas-agreement').waitFor()
  await isAccessible(page, 'a subscription')
  await shot(page, 'subscription')

  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('This endpoint becomes unhealthy at once').waitFor()
  await dialog.getByRole('listitem').filter({ hasText: 'ask-cohere' }).waitFor()
  const confirm = dialog.getByRole('button', { name: 'Delete subscription' })
  assert.ok(await confirm.isDisabled(), 'its name is typed first')
  await isAccessible(page, 'what deleting means')
  await shot(page, 'subscription-delete')
  await dialog.getByRole('textbox').fill('cohere-command-r-08-2024')
  await confirm.click()
  await page.getByText('hello-project is subscribed to nothing').waitFor()
  assert.equal((await endpoint('ask-cohere')).endpointState, 'Suspended')

  // Subscribing again cures what became unhealthy.
  await page.goto(`/portal/catalog/${COMMAND_R.registry}/${COMMAND_R.name}/deploy`)
  await page.getByRole('checkbox', { name: /I accept the terms of Cohere/ }).check()
  assert.equal(await page.getByLabel('Name of the endpoint').inputValue(), 'cohere-command-r-08-2024')
  await page.getByText('The name is free.').waitFor()
  await button.click()
  await page.waitForURL('**/portal/endpoints/cohere-command-r-08-2024?**')
  assert.equal((await endpoint('ask-cohere')).endpointState, 'Online')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a reader reads the catalog and is told beforehand what deploying takes', async () => {
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.group }])
  const page = await open(browser, server)
  await acceptInvitation(page, server, REA, token)
  await page.goto('/portal/catalog/cupola/tiny-chat/deploy')
  const rules = page.getByRole('list', { name: 'Requirements' })
  await rules.getByText(/It takes Microsoft\.MachineLearningServices\/workspaces\/serverlessEndpoints\/write/).waitFor()
  await rules.getByText(/--assignee rea@example\.com --role 'Azure AI Developer'/).waitFor()
  assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled())
  assert.ok(!page.asked.some(asked => asked.includes('/validate')), 'nothing is asked that will be refused')
  await isAccessible(page, 'what a reader sees')
  await shot(page, 'deploy-reader')

  const action = 'Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/delete'
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Subscriptions' }).click()
  await isWithheld(page, page.getByRole('button', { name: 'Delete cohere-command-r-08-2024' }), action)
  await page.getByRole('link', { name: 'cohere-command-r-08-2024' }).click()
  await heading(page, 'cohere-command-r-08-2024')
  await isWithheld(page, page.getByRole('button', { name: 'Delete', exact: true }), action)
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('an Azure AI Developer deploys', async () => {
  const token = await administrator.invite(DEV, [{ role: 'Azure AI Developer', scope: administrator.group }])
  const page = await open(browser, server)
  await acceptInvitation(page, server, DEV, token)
  await page.goto('/portal/catalog/cupola/tiny-chat/deploy')
  await page.getByLabel('Name of the endpoint').fill('by-dev')
  await page.getByText('You may deploy models in this project.').waitFor()
  await page.getByText('The name is free.').waitFor()
  await page.getByRole('switch', { name: 'Content filter' }).click()
  await page.getByText('Nothing is screened').waitFor()
  await page.getByText('The name is free.').waitFor()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.waitForURL('**/portal/endpoints/by-dev?**')
  assert.equal((await endpoint('by-dev')).contentSafety.contentSafetyStatus, 'Disabled')
  await leave(page)
})

test('two hundred models with long names, narrow and from right to left', async () => {
  const page = await open(browser, server, { viewport: { width: 390, height: 844 } })
  await page.route('**/providers/Cupola.Catalog/models?*', async route => {
    const answer = await route.fetch()
    const [model] = (await answer.json()).value
    const value = Array.from({ length: 200 }, (_, number) => ({
      ...model,
      id: `${model.id}-${number}`,
      name: `${model.name}-${number}`,
      displayName: `${'An-extraordinarily-long-name-without-any-place-to-break-it-'.repeat(2)}${number}`,
      publisher: 'مؤسسة البحث الدولية للنماذج اللغوية الكبيرة جدا والمتوسطة والصغيرة',
    }))
    await route.fulfill({ response: answer, json: { value } })
  })
  await page.goto('/portal/catalog')
  await signIn(page)
  assert.deepEqual(await count(page), [200])
  const cards = page.getByRole('list', { name: 'Models' }).getByRole('link')
  const before = await cards.count()
  await page.getByRole('button', { name: /Show \d+ more/ }).click()
  await until(async () => (await cards.count()) > before, true)
  for (const direction of ['ltr', 'rtl']) {
    await page.evaluate(to => {
      document.documentElement.dir = to
    }, direction)
    const overflow = await page.evaluate(() => {
      const main = document.querySelector('main')
      return main.scrollWidth - main.clientWidth
    })
    assert.equal(overflow, 0, `nothing is wider than the window, ${direction}`)
    await isAccessible(page, `two hundred models, ${direction}`)
  }
  await page.getByRole('button', { name: 'Filters' }).click()
  await page.getByRole('combobox', { name: 'Publisher' }).waitFor()
  await leave(page)
})

test('a server that fails is said, and asked again', async () => {
  const page = await open(browser, server)
  let fails = true
  await page.route('**/providers/Cupola.Catalog/models?*', async route =>
    fails
      ? route.fulfill({ status: 500, json: { error: { code: 'InternalServerError', message: 'It broke.' } } })
      : route.continue(),
  )
  await page.goto('/portal/catalog')
  await signIn(page)
  await page.getByText('It broke.').waitFor()
  await isAccessible(page, 'the fault')
  fails = false
  await page.getByRole('button', { name: 'Try again' }).click()
  assert.ok((await count(page))[0] > 40)
  await leave(page)
})
