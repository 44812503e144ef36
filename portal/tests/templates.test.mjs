// Templates: complaints at their lines, what would change, a deployment with its steps, its history, and a group as a template.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { fits, rightToLeft } from './fits.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { isWithheld } from './rights.mjs'
import { shot } from './shot.mjs'
import { moveIn, stage } from './stage.mjs'
import { hasFocus } from './until.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const LONG = `a-hub-${'x'.repeat(26)}`
const GROUP = `targetScope = 'subscription'

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: 'from-the-portal'
  location: 'eastus2'
  tags: { made: 'here' }
}
`

const { server, browser, administrator } = await stage()

before(() => moveIn(browser, server))

async function templates(path = '') {
  const page = await open(browser, server, { acceptDownloads: true })
  await page.goto(`/portal/templates${path}`)
  await signIn(page)
  await page.getByRole('heading', { name: 'Templates', level: 1 }).waitFor()
  return page
}

const editor = page => page.getByRole('textbox', { name: 'Template, ARM JSON or Bicep' })

// Lines count: the resource begins on the sixth.
const template = (tag = 'one') => `{ // comments are allowed
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {"hub": {"type": "string", "metadata": {"description": "Name of the hub"}}},
  "resources": [
    {
      "type": "Microsoft.MachineLearningServices/workspaces",
      "apiVersion": "2024-04-01",
      "name": "[parameters('hub')]",
      "location": "eastus2",
      "kind": "Hub",
      "tags": {"made": "${tag}"},
      "properties": {"friendlyName": "A hub"}
    }
  ],
  "outputs": {"hubName": {"type": "string", "value": "[parameters('hub')]"}}
}`

test('a fault is said at its line, and its line is found by it', async () => {
  const page = await templates()
  await isAccessible(page, 'the empty editor')
  await shot(page, 'templates-empty')
  await editor(page).fill(template().replace("parameters('hub')", "parameter('hub')"))
  const line = page.getByRole('button', { name: 'Line 9' })
  await line.waitFor()
  assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled())
  assert.equal(await page.locator('[data-line="9"]').count(), 1, 'the line is marked')
  await isAccessible(page, 'a complaint')
  await shot(page, 'templates-fault', page.getByRole('heading', { level: 1 }))
  await line.press('Enter')
  const chosen = await editor(page).evaluate(area => area.value.slice(area.selectionStart, area.selectionEnd))
  assert.match(chosen, /"name": "\[parameter\('hub'\)\]"/)
  await editor(page).fill('{\n  "resources": [,]\n}')
  await page.getByRole('button', { name: 'Line 2' }).waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a template is compared, deployed and found again with its steps and outputs', async () => {
  const page = await templates()
  await editor(page).fill(template())
  const hub = page.getByRole('textbox', { name: 'hub' })
  await hub.waitFor()
  await page
    .getByText(/hub.*not provided/i)
    .first()
    .waitFor()
  await hub.fill('portal-hub')
  await page.getByText('The template is valid here').waitFor()
  await page.getByRole('button', { name: 'What would change' }).click()
  const made = page.getByRole('article', { name: 'portal-hub will be created' })
  await made.waitFor()
  assert.match(await made.textContent(), /\+ kind: "Hub"/)
  // It comes below the edge of the window, and is brought up.
  const title = page.getByRole('heading', { name: 'What would change' })
  await hasFocus(title)
  const { y } = await title.boundingBox()
  assert.ok(y >= 0 && y < 700, `the title is seen, at ${y}`)
  await isAccessible(page, 'what-if')
  await shot(page, 'templates-what-if', page.getByRole('region', { name: 'What would change' }))

  const name = await page.getByLabel('Name of the deployment').inputValue()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await page.getByRole('status').getByText('Succeeded').waitFor()
  const step = page.getByRole('table', { name: 'steps' }).getByRole('row', { name: /portal-hub/ })
  assert.match(await step.textContent(), /portal-hub.*Microsoft\.MachineLearningServices\/workspaces.*Succeeded/)
  const outputs = page.getByRole('region', { name: 'Outputs' })
  assert.match(await outputs.textContent(), /hubName.*portal-hub/)
  await isAccessible(page, 'a deployment')
  await shot(page, 'templates-deployment')
  assert.match(
    await step.getByRole('link', { name: 'portal-hub' }).getAttribute('href'),
    /^\/portal\/endpoints\?.*workspace=portal-hub$/,
  )
  const there = await administrator.send(
    'GET',
    `${administrator.group}/providers/Microsoft.MachineLearningServices/workspaces/portal-hub`,
  )
  assert.equal(there.tags.made, 'one')

  // Changed a little, only that is told.
  await page.getByRole('button', { name: 'Edit the template' }).click()
  await page.getByRole('textbox', { name: 'hub' }).fill('portal-hub')
  await editor(page).fill(template('two'))
  await page.getByText('The template is valid here').waitFor()
  await page.getByRole('button', { name: 'What would change' }).click()
  const changed = page.getByRole('article', { name: 'portal-hub will be changed' })
  await changed.waitFor()
  assert.match(await changed.textContent(), /~ .*made: "one" → "two"/)
  await page.getByRole('article', { name: 'hello-project is not in the template, and stays' }).waitFor()

  await page.getByRole('tab', { name: 'History' }).click()
  const run = page.getByRole('table', { name: 'deployments' }).getByRole('row', { name: new RegExp(name) })
  assert.match(await run.textContent(), /Succeeded/)
  await isAccessible(page, 'the history')
  await shot(page, 'templates-history')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('what fails on the way says why', async () => {
  const body = JSON.parse(template().replace(/\/\/.*\n/, '\n'))
  body.resources[0].name = 'other'
  const endpoint = {
    type: 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints',
    apiVersion: '2024-04-01',
    name: "[concat(reference(resourceId('Microsoft.MachineLearningServices/workspaces', 'other')).friendlyName, '/x')]",
    location: 'eastus2',
  }
  body.resources.push({
    ...endpoint,
    name: 'hello-project/nothing',
    properties: { modelSettings: { modelId: 'azureml://registries/cupola/models/none' } },
  })
  const page = await templates()
  await editor(page).fill(JSON.stringify(body, null, 2))
  await page.getByRole('textbox', { name: 'hub' }).fill('x')
  await page.getByRole('list', { name: 'Complaints' }).getByText(/none/).waitFor()
  assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled())
  await leave(page)
})

test('what is written is still there after another page, and in no storage', async () => {
  const secret = 'a-secret-that-is-typed'
  const page = await templates()
  const warns = () => page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })))
  assert.equal(await warns(), false, 'there is nothing to lose')
  const body = template().replace('"parameters": {', '"parameters": {"code": {"type": "secureString"}, ')
  await editor(page).fill(body)
  await page.getByRole('textbox', { name: 'hub' }).fill('kept-hub')
  await page.getByLabel('code').fill(secret)
  await page.getByLabel('Name of the deployment').fill('kept-name')
  await page.getByLabel('Mode').selectOption('Complete')
  assert.equal(await warns(), true)

  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Endpoints' }).click()
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Templates' }).click()
  await page.getByRole('textbox', { name: 'hub' }).waitFor()
  assert.equal(await editor(page).inputValue(), body)
  assert.equal(await page.getByRole('textbox', { name: 'hub' }).inputValue(), 'kept-hub')
  assert.equal(await page.getByLabel('code').inputValue(), secret)
  assert.equal(await page.getByLabel('Name of the deployment').inputValue(), 'kept-name')
  assert.equal(await page.getByLabel('Mode').inputValue(), 'Complete')
  assert.equal(await warns(), true)
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))
  assert.ok(!stored.includes(secret) && !stored.includes('kept-hub'), stored)

  // A template that another page hands over is a draft of its own, which can be had again.
  await page.getByRole('tab', { name: 'Export a group' }).click()
  await page.getByRole('button', { name: 'Edit and deploy' }).click()
  await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('hello-project'))
  assert.notEqual(await page.getByLabel('Name of the deployment').inputValue(), 'kept-name')
  assert.equal(await warns(), false)
  await editor(page).fill('param changed string')
  await page.getByRole('tab', { name: 'History' }).click()
  await page.getByText('Mode').first().waitFor()
  await page.goBack()
  assert.equal(await editor(page).inputValue(), 'param changed string')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('Bicep is compiled, with complaints at its own lines', async () => {
  const page = await templates()
  await editor(page).fill('param hub string\n\noutput name string = nothing\n')
  await page.getByRole('button', { name: 'Line 3' }).waitFor()
  await page.getByText('BCP057').waitFor()
  const file = {
    name: 'main.bicep',
    mimeType: 'text/plain',
    buffer: Buffer.from("param hub string = 'bicep'\noutput name string = hub\n"),
  }
  await page.getByLabel('Template or parameter file').setInputFiles(file)
  await page.getByText('The template is valid here').waitFor()
  assert.match(await editor(page).inputValue(), /'bicep'/)
  const values = {
    name: 'p.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"parameters": {"hub": {"value": "given"}}}'),
  }
  await page.getByLabel('Template or parameter file').setInputFiles(values)
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some(input => input.value === 'given'))
  await leave(page)
})

test('a group becomes a template', async () => {
  const page = await templates('/export')
  await page.getByText('deploymentTemplate.json').waitFor()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  const exported = JSON.parse(await readFile(await (await downloading).path(), 'utf8'))
  assert.ok(exported.resources.some(one => one.name === 'hello-project'))
  await isAccessible(page, 'the export')
  await shot(page, 'templates-export')
  await page.getByRole('button', { name: 'Edit and deploy' }).click()
  await page.getByText('The template is valid here').waitFor()
  await leave(page)
})

test('a template is deployed into the subscription itself, with a history of its own', async () => {
  const page = await templates()
  await page.getByRole('combobox', { name: 'Deploy into' }).selectOption({ label: 'Cupola (the subscription)' })
  await page.getByText('Into Cupola itself go groups').waitFor()
  assert.equal(await page.getByLabel('Mode').count(), 0, 'nothing is deleted for not being in a template')
  assert.equal(await page.getByLabel('Region of its record').inputValue(), 'eastus2')
  await editor(page).fill(GROUP)
  await page.getByText('The template is valid here').waitFor()
  await page.getByRole('button', { name: 'What would change' }).click()
  await page.getByRole('article', { name: 'from-the-portal will be created' }).waitFor()
  await isAccessible(page, 'what would change in the subscription')
  await shot(page, 'templates-subscription')
  const name = await page.getByLabel('Name of the deployment').inputValue()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await page.getByRole('status').getByText('Succeeded').waitFor()
  await page.getByText('subscription', { exact: true }).waitFor()
  await page
    .getByRole('table', { name: 'steps' })
    .getByRole('row', { name: /from-the-portal/ })
    .waitFor()
  const made = await administrator.send('GET', `${administrator.subscription}/resourceGroups/from-the-portal`)
  assert.equal(made.tags.made, 'here')

  await page.getByRole('link', { name: 'History' }).click()
  const run = page.getByRole('table', { name: 'deployments' }).getByRole('row', { name: new RegExp(name) })
  await run.waitFor()
  await page.getByRole('tab', { name: 'Export a group' }).click()
  await page.getByText('A template is made of a group').waitFor()
  await page.getByRole('tab', { name: 'History' }).click()
  await run.getByRole('link', { name }).click()
  await page.getByRole('status').getByText('Succeeded').waitFor()
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('combobox', { name: 'Deploy into' }).selectOption('from-the-portal')
  await page.getByText('Nothing was deployed into this group yet').waitFor()
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a comparison that does not end is said to go on, and can be ended', async () => {
  const page = await templates()
  await page.route('**/operationResults/**', route => route.fulfill({ status: 202, body: '' }))
  await editor(page).fill(template())
  await page.getByRole('textbox', { name: 'hub' }).fill('never')
  await page.getByText('The template is valid here').waitFor()
  await page.getByRole('button', { name: 'What would change' }).click()
  await page.getByText(/Comparing for [2-9] s/).waitFor()
  await isAccessible(page, 'waiting for a comparison')
  await page.getByRole('button', { name: 'Stop comparing' }).click()
  await page.getByText(/Comparing for/).waitFor({ state: 'detached' })
  assert.ok(await page.getByRole('button', { name: 'What would change' }).isEnabled())
  await hasFocus(page.getByRole('button', { name: 'What would change' }))
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing went wrong')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('a deployment that is not there is said not to be', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/templates/history/nothing?into=%2F')
  await signIn(page)
  await page.getByText('There is no deployment nothing here').waitFor()
  await page.getByRole('link', { name: 'All deployments' }).click()
  assert.equal(await page.getByRole('combobox', { name: 'Deploy into' }).inputValue(), '/')
  await leave(page)
})

test('a reader sees the history, and is told why a template cannot be checked', async () => {
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.group }])
  const page = await open(browser, server)
  await acceptInvitation(page, server, REA, token)
  await page.goto('/portal/templates/history')
  await page.getByRole('table', { name: 'deployments' }).getByText('Succeeded').first().waitFor()
  await page.getByRole('tab', { name: 'New deployment' }).click()
  await editor(page).fill(template())
  await page.getByText('You may not do this').waitFor()
  await page.getByText('Microsoft.Resources/deployments/validate/action').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled())
  const action = name => `Microsoft.Resources/deployments/${name}`
  await isWithheld(page, page.getByRole('button', { name: 'Deploy', exact: true }), action('write'))
  await isWithheld(page, page.getByRole('button', { name: 'What would change' }), action('whatIf/action'))
  await isAccessible(page, 'refused')
  assert.ok(!page.asked.some(asked => asked.includes('/validate')), 'nothing is asked that will be refused')

  // One that goes on has a button that ends it.
  await page.route(/\/deployments\/[^/?]+\?/, async route => {
    const answer = await route.fetch()
    const run = await answer.json()
    await route.fulfill({
      response: answer,
      json: { ...run, properties: { ...run.properties, provisioningState: 'Running' } },
    })
  })
  await page.getByRole('tab', { name: 'History' }).click()
  await page.getByRole('table', { name: 'deployments' }).getByRole('link').first().click()
  await isWithheld(page, page.getByRole('button', { name: 'Cancel', exact: true }), action('cancel/action'))
  await isWithheld(page, page.getByRole('button', { name: 'Edit the template' }), action('exportTemplate/action'))
  await isAccessible(page, 'a run that a reader may not cancel')
  await shot(page, 'templates-reader')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('every part fits a telephone, from right to left', async () => {
  const page = await open(browser, server, { viewport: { width: 390, height: 844 } })
  await rightToLeft(page)
  await page.goto('/portal/templates')
  await signIn(page)
  await editor(page).fill(template('two'))
  const hub = page.getByRole('textbox', { name: 'hub' })
  await hub.waitFor()
  await fits(page, 'complaints and parameters')
  // As long as the API takes it, without a place to break it.
  await hub.fill(LONG)
  await page.getByText('The template is valid here').waitFor()
  await page.getByRole('button', { name: 'What would change' }).click()
  await page.getByRole('article', { name: `${LONG} will be created` }).waitFor()
  await fits(page, 'what would change')
  await isAccessible(page, 'what would change, narrow')
  const name = await page.getByLabel('Name of the deployment').inputValue()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  await page.getByRole('status').getByText('Succeeded').waitFor()
  await page.getByRole('region', { name: 'Outputs' }).waitFor()
  await page
    .getByRole('table', { name: 'steps' })
    .getByRole('row', { name: new RegExp(LONG) })
    .waitFor()
  await fits(page, 'a deployment')
  const state = page.getByRole('table', { name: 'steps' }).getByText('Succeeded').first()
  const box = await state.boundingBox()
  assert.ok(box.x >= 0 && box.x + box.width <= 390, `the state of a step is seen: ${JSON.stringify(box)}`)
  await isAccessible(page, 'a deployment, narrow')
  await page.getByRole('link', { name: 'History' }).click()
  await page
    .getByRole('table', { name: 'deployments' })
    .getByRole('row', { name: new RegExp(name) })
    .waitFor()
  await fits(page, 'the history')
  await page.getByRole('tab', { name: 'Export a group' }).click()
  await page.getByText('deploymentTemplate.json').waitFor()
  await fits(page, 'the export')
  assert.deepEqual(page.faults, [])
  await leave(page)
})
