// The activity log, connections and settings, and what a Reader and an Azure AI Developer may do there.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { acceptInvitation } from './people.mjs'
import { believeAll, isWithheld, PERMISSIONS } from './rights.mjs'
import { shot } from './shot.mjs'
import { stage } from './stage.mjs'
import { gone, hasFocus } from './until.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const DEV = { name: 'dev@example.com', shown: 'Dev Eloper', password: 'yellow cloud over 5 fields' }
const KEY = 'a-key-that-nobody-may-see-by-chance'

const { server, browser, administrator } = await stage()
let page

before(async () => {
  page = await open(browser, server)
  await acceptInvitation(page, server)
  await page.getByText('Nothing is deployed in this project yet').waitFor()
  await administrator.deploy('hello')
})

after(() => assert.deepEqual(page?.faults, []))

// A picture does not say where the server of the story keeps its files.
async function nameNoFolder(page) {
  await page.evaluate(() => {
    const rename = () => {
      const paths = [...document.querySelectorAll('main td *')].filter(one => /^\/\S+\.gguf$/.test(one.textContent))
      for (const one of paths) one.textContent = 'models/tiny-chat.gguf'
    }
    rename()
    // Columns come and go with the width of the window.
    new MutationObserver(rename).observe(document.querySelector('main'), { childList: true, subtree: true })
  })
}

async function connect(who, name) {
  await who.getByRole('button', { name: 'Add a connection' }).first().click()
  await who.getByLabel('Kind').selectOption('OpenAI')
  await who.getByLabel(/^Name\W*$/).fill(name)
  await who.getByLabel('Leads to').fill('https://api.example.com/v1')
  await who.getByLabel(/^Key\W*$/).fill(KEY)
  await who.getByRole('button', { name: 'Add the connection' }).click()
}

test('a connection is made, its key is shown to whoever may, and it goes', async () => {
  await page.goto('/portal/connections')
  await page.getByText('Nothing is connected yet').waitFor()
  await isAccessible(page, 'no connections')
  await connect(page, 'vendor')
  const row = page.getByRole('row', { name: /vendor/ })
  await row.waitFor()
  assert.match(await row.textContent(), /OpenAI.*https:\/\/api\.example\.com\/v1.*API key/)
  assert.ok(!(await page.content()).includes(KEY), 'the key is not in the page')
  await page.getByRole('button', { name: 'Credentials of vendor' }).click()
  await page.getByRole('button', { name: 'Show Key' }).click()
  await page.getByText(KEY, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByText(KEY).waitFor({ state: 'detached' })
  await hasFocus(page.getByRole('button', { name: 'Credentials of vendor' }))

  // What the server refuses is said in its words, and the form stays.
  await page.getByRole('button', { name: 'Add a connection' }).click()
  await page.getByLabel(/^Name\W*$/).fill('wrong')
  await page.getByLabel('Leads to').fill('not an address')
  await page.getByLabel(/^Key\W*$/).fill('k')
  await page.getByRole('button', { name: 'Add the connection' }).click()
  await page.getByText(/must be the URI of the endpoint for the category Serverless/).waitFor()
  await isAccessible(page, 'the form')
  await hasFocus(page.getByRole('button', { name: 'Add the connection' }))
  await page.keyboard.press('Escape')
  // The page behind a dialog is there for screen readers again a moment after it has closed.
  await page.locator('#root:not([aria-hidden])').waitFor()
  await hasFocus(page.getByRole('button', { name: 'Add a connection' }))
  await isAccessible(page, 'the connections')
  await shot(page, 'connections')

  await page.getByRole('button', { name: 'Delete vendor' }).click()
  await page.getByText('Its credentials are deleted with it').waitFor()
  await page.getByRole('button', { name: 'Delete the connection' }).click()
  await page.getByText('Nothing is connected yet').waitFor()
  // What asked for it is gone with the row.
  await hasFocus(page.getByRole('heading', { level: 1 }))
  const left = await administrator.send('GET', `${administrator.project}/connections`)
  assert.deepEqual(left.value, [])
})

test('the log has who did what, is narrowed, explains, and goes into a file', async () => {
  await page.goto('/portal/activity')
  const made = page.getByRole('row', { name: /connections\/write.*Succeeded.*Ann Lee.*Connection vendor/ })
  await made.waitFor()
  await page
    .getByRole('row', { name: /serverlessEndpoints\/write.*Cupola administrator.*Endpoint hello/ })
    .first()
    .waitFor()
  await isAccessible(page, 'the log')
  await shot(page, 'activity')

  await page.getByRole('combobox', { name: 'Status' }).selectOption('Failed')
  await page.getByRole('row', { name: /connections\/write.*InvalidRequestContent.*Connection wrong/ }).waitFor()
  await made.waitFor({ state: 'detached' })
  const wrong = page.getByRole('row', { name: /InvalidRequestContent.*Connection wrong/ })
  assert.match(await wrong.getByRole('time').textContent(), /\d\d:\d\d:\d\d$/, 'several things happen in a minute')
  await page.setViewportSize({ width: 800, height: 900 })
  const code = await wrong.getByText('InvalidRequestContent', { exact: true }).boundingBox()
  assert.ok(code.height < 20, `a code is not broken: ${code.height} px high`)
  await page.setViewportSize({ width: 1440, height: 900 })
  const room = await page.getByRole('textbox', { name: 'Who' }).evaluate(input => {
    const style = getComputedStyle(input)
    const text = document.createElement('canvas').getContext('2d')
    text.font = style.font
    const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight)
    return input.clientWidth - padding - text.measureText(input.placeholder).width
  })
  assert.ok(room >= 0, `the placeholder is seen whole: ${room} px are left`)
  await page.getByRole('button', { name: 'Create or update a connection' }).click()
  await page.getByText(/was allowed to do .* but what was asked for could not be done: InvalidRequestContent/).waitFor()
  const times = await page.getByRole('dialog').getByRole('time').allTextContents()
  assert.ok(times.length > 1 && times.every(time => /\d\d:\d\d:\d\d$/.test(time)), times.join())
  const detail = await page.getByRole('dialog').locator('pre').textContent()
  assert.equal(JSON.parse(detail).properties.statusMessage.error.target, 'properties.target')
  assert.ok(!detail.includes(KEY))
  await isAccessible(page, 'an event')
  await shot(page, 'activity-event')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const opener = page.getByRole('button', { name: 'Create or update a connection' })
  await hasFocus(opener)
  await opener.press('Enter')
  await page.getByRole('button', { name: 'What belongs together' }).click()
  await page.waitForURL(/correlation=/)
  await page.getByRole('row', { name: /Connection wrong/ }).waitFor()
  await page.getByRole('combobox', { name: 'Status' }).selectOption('')
  await page.getByRole('button', { name: /Clear the filter Correlation/ }).click()
  await page.getByLabel(/^Who\W*$/).fill('ann@example.com')
  await page.getByLabel(/^Who\W*$/).press('Enter')
  await page.waitForURL(/caller=ann/)
  await page
    .getByRole('row', { name: /Endpoint hello/ })
    .first()
    .waitFor({ state: 'detached' })
  await made.waitFor()

  await page.getByRole('button', { name: 'Export' }).click()
  const downloading = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'As CSV' }).click()
  const file = await downloading
  assert.equal(file.suggestedFilename(), 'activity.csv')
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n')
  assert.match(lines[0], /^time,operation,status,code,caller/)
  assert.ok(
    lines.some(line => /connections\/write,Succeeded,,Ann Lee,/.test(line)),
    lines.join('\n'),
  )
  assert.ok(lines.slice(1).every(line => line.includes('Ann Lee')))
})

test('settings say what runs, let another issuer in, and rotate the key', async () => {
  await page.goto('/portal/settings')
  await page.getByText('Answers, and its store does').waitFor()
  await page.getByText(/^\d+\.\d+\.\d+$/).waitFor()
  const backend = page.getByRole('row', { name: /tiny-chat/ })
  await backend.waitFor()
  assert.match(await backend.textContent(), /cupola.*engine.*tiny-chat\.gguf.*Worker ready/)

  await page.getByRole('button', { name: 'Add a provider' }).click()
  await page.getByLabel(/^Name\W*$/).fill('contoso')
  await page.getByLabel('Shown as').fill('Contoso staff')
  await page.getByLabel(/^Issuer\W*$/).fill('https://id.contoso.test/realms/staff')
  await page.getByLabel('Client id').fill('cupola')
  await page.getByLabel('Client secret').fill(KEY)
  await page.getByRole('button', { name: 'Add the provider' }).click()
  const provider = page.getByRole('row', { name: /Contoso staff/ })
  await provider.waitFor()
  assert.match(await provider.textContent(), /https:\/\/id\.contoso\.test\/realms\/staff.*Enabled.*Everybody it knows/)
  assert.ok(!(await page.content()).includes(KEY))
  const signIn = await (await fetch(`${server.origin}/sign-in?continue=/portal`)).text()
  assert.match(signIn, /Contoso staff/)
  await isAccessible(page, 'the settings')
  await nameNoFolder(page)
  await shot(page, 'settings')
  await page.getByRole('button', { name: 'Delete Contoso staff' }).click()
  await page.getByLabel('Type contoso to go on').fill('contoso')
  await page.getByRole('button', { name: 'Delete the provider' }).click()
  await gone(page, provider)

  const keys = async () => (await (await fetch(`${server.origin}/adfs/discovery/keys`)).json()).keys.map(key => key.kid)
  const before = await keys()
  await page.getByRole('button', { name: 'Rotate the key' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate the key' }).click()
  await page.getByText(/2 keys are published/).waitFor()
  const now = await keys()
  assert.equal(before.length, 1)
  assert.ok(now.includes(before[0]) && now.length === 2)

  await page.getByLabel('Theme').last().selectOption('dark')
  await page.getByLabel('Direction of writing').selectOption('rtl')
  await page.reload()
  await page.getByText('Answers, and its store does').waitFor()
  assert.deepEqual(await page.evaluate(() => [document.documentElement.dir, document.documentElement.dataset.theme]), [
    'rtl',
    'dark',
  ])
  await isAccessible(page, 'dark, from right to left')
  await page.getByLabel('Direction of writing').selectOption('ltr')
  await page.getByLabel('Theme').last().selectOption('system')
})

test('a reader reads, and is told the action and the scope of what is refused', async () => {
  await administrator.send('PUT', `${administrator.project}/connections/shared`, {
    properties: { category: 'OpenAI', authType: 'ApiKey', target: 'https://x', credentials: { key: KEY } },
  })
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.project }])
  const hers = await open(browser, server)
  await acceptInvitation(hers, server, REA, token)
  await hers.goto('/portal/connections')
  await hers.getByRole('row', { name: /shared/ }).waitFor()
  const connections = 'Microsoft.MachineLearningServices/workspaces/connections'
  const button = name => hers.getByRole('button', { name, exact: true })
  await isWithheld(hers, button('Add a connection'), `${connections}/write`)
  await isWithheld(hers, button('Credentials of shared'), `${connections}/listsecrets/action`)
  await isWithheld(hers, button('Delete shared'), `${connections}/delete`)
  await isAccessible(hers, 'what a reader may not')

  // A page that does not know it yet is told by the server.
  await believeAll(hers)
  await hers.reload()
  await hers.getByRole('button', { name: 'Credentials of shared' }).click()
  await hers.getByText('Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action').waitFor()
  await hers
    .getByRole('alert')
    .getByText(/\/workspaces\/hello-project\/connections\/shared$/)
    .waitFor()
  assert.ok(!(await hers.content()).includes(KEY))
  await hers.getByRole('button', { name: 'Close' }).click()
  await connect(hers, 'hers')
  await hers.getByText('Microsoft.MachineLearningServices/workspaces/connections/write').waitFor()
  await hers.getByRole('button', { name: 'Cancel' }).click()
  await hers.getByRole('button', { name: 'Delete shared' }).click()
  await hers.getByRole('button', { name: 'Delete the connection' }).click()
  await hers.getByText('Microsoft.MachineLearningServices/workspaces/connections/delete').waitFor()
  await isAccessible(hers, 'the refusal')
  await hers.getByRole('button', { name: 'Cancel' }).click()

  // Her own refusals are in her log, with what would change them.
  await hers.goto('/portal/activity')
  await hers.getByRole('button', { name: 'Create or update a connection' }).first().waitFor()
  await hers
    .getByRole('row', { name: /connections\/write.*AuthorizationFailed.*Rea Der/ })
    .getByRole('button')
    .click()
  await hers.getByText(/They held 'Reader'/).waitFor()
  await hers.getByRole('button', { name: 'Close' }).click()

  // The server's own settings are not hers.
  await hers.goto('/portal/settings')
  await hers.getByText('Cupola.Catalog/registries/bindings/read').waitFor()
  await hers.getByText('Cupola.Identity/identityProviders/read').waitFor()
  await isAccessible(hers, 'settings that are refused')
  await hers.getByRole('button', { name: 'Rotate the key' }).click()
  await hers.getByRole('dialog').getByRole('button', { name: 'Rotate the key' }).click()
  await hers.getByText('Cupola.Identity/signingKeys/rotate/action').waitFor()
  await hers.getByRole('button', { name: 'Cancel' }).click()
  await hers.unroute(PERMISSIONS)
  await hers.reload()
  await isWithheld(hers, button('Rotate the key'), 'Cupola.Identity/signingKeys/rotate/action', '')
  await isWithheld(hers, button('Add a provider'), 'Cupola.Identity/identityProviders/write', '')
  assert.deepEqual(hers.faults, [])
  await leave(hers)
})

test('a developer connects and reads keys, and does not give roles', async () => {
  const token = await administrator.invite(DEV, [{ role: 'Azure AI Developer', scope: administrator.project }])
  const theirs = await open(browser, server)
  await acceptInvitation(theirs, server, DEV, token)
  await theirs.goto('/portal/connections')
  await theirs.getByRole('row', { name: /shared/ }).waitFor()
  await connect(theirs, 'theirs')
  await theirs.getByRole('row', { name: /theirs/ }).waitFor()
  await theirs.getByRole('button', { name: 'Credentials of theirs' }).click()
  await theirs.getByRole('button', { name: 'Show Key' }).click()
  await theirs.getByText(KEY, { exact: true }).waitFor()
  await theirs.getByRole('button', { name: 'Close' }).click()
  await theirs.goto('/portal/access')
  await theirs.getByRole('row', { name: /Dev Eloper.*Azure AI Developer.*This scope/ }).waitFor()
  const away = theirs.getByRole('button', { name: /Take Azure AI Developer away from Dev Eloper/ })
  await isWithheld(theirs, away, 'Microsoft.Authorization/roleAssignments/delete', 'User Access Administrator')
  assert.deepEqual(theirs.faults, [])
  await leave(theirs)
})
