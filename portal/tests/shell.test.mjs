// From nothing to the list of endpoints, and what the frame does when something is in the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { fits } from './fits.mjs'
import { ANN, acceptInvitation, signIn } from './people.mjs'
import { shot } from './shot.mjs'
import { stage } from './stage.mjs'
import { hasFocus } from './until.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const NED = { name: 'ned@example.com', shown: 'Ned Nobody', password: 'yellow cloud over 5 fields' }

const { server, browser, administrator } = await stage()

test('an invitation leads to the portal, and the portal to the endpoints', async () => {
  const page = await open(browser, server)
  await page.goto(`/sign-in/invite#${server.invitation}`)
  await page.getByLabel('User name').waitFor()
  await isAccessible(page, 'the page of the first start')
  // Nothing can be done with the invitation of a picture: it is taken a moment later.
  await shot(page, 'first-run')
  await acceptInvitation(page, server)
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor()
  await page.getByText('Nothing is deployed in this project yet').waitFor()
  assert.match(page.url(), /\/portal\/endpoints\?subscription=[^&]+&group=cupola&workspace=hello-project$/)
  assert.equal(await page.title(), 'Endpoints - Cupola')
  await isAccessible(page, 'the empty list')
  await shot(page, 'endpoints-empty')

  await administrator.deploy('hello')
  await page.getByRole('button', { name: 'Refresh' }).click()
  const row = page.getByRole('row', { name: /hello/ })
  await row.waitFor()
  for (const text of ['Online', 'tiny-chat', 'eastus2', '/endpoints/eastus2/hello']) {
    assert.ok((await row.textContent()).includes(text), `${text} in ${await row.textContent()}`)
  }
  await isAccessible(page, 'the list')
  await shot(page, 'endpoints')
  assert.deepEqual(page.faults, [], 'no request to anywhere else, nothing refused by the policy, no error')
  await leave(page)
})

test('no token and no secret is kept in the page', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/endpoints')
  await signIn(page)
  await page.getByRole('row', { name: /hello/ }).waitFor()
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]))
  assert.ok(!/eyJ|accessToken|Bearer/.test(kept), kept)
  assert.ok(!page.asked.some(url => /eyJ|token=|code=/.test(url)), page.asked.join('\n'))
  await leave(page)
})

test('a deep link comes back to where it was, and signing out ends it', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/connections')
  await page.waitForURL('**/sign-in?continue=**')
  await isAccessible(page, 'signing in')
  await shot(page, 'sign-in')
  await signIn(page, { ...ANN, password: 'not this one' })
  await page.getByRole('alert').waitFor()
  await signIn(page)
  await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Ann Lee' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in?continue=**')
  await page.goto('/portal/endpoints')
  await page.waitForURL('**/sign-in?continue=**')
  await leave(page)
})

test('a reader of one project sees that project, and is told what is missing', async () => {
  const project = await administrator.makeProject('second')
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: project }])
  const page = await open(browser, server)
  await acceptInvitation(page, server, REA, token)
  await page.getByText('Nothing is deployed in this project yet').waitFor()
  assert.match(page.url(), /workspace=second/)
  // Somebody sent her a link to the other one.
  await page.goto(page.url().replace('workspace=second', 'workspace=hello-project'))
  await page.getByText('You may not do this').waitFor()
  await page.getByText('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/read').waitFor()
  await isAccessible(page, 'the refusal')
  await shot(page, 'endpoints-forbidden')
  assert.deepEqual(page.faults, [])
  await leave(page)
})

test('somebody without any role is told so', async () => {
  const token = await administrator.invite(NED, [])
  const page = await open(browser, server)
  await acceptInvitation(page, server, NED, token)
  await page.getByText('You have no access yet').waitFor()
  const command = scope =>
    `cupola role assignment create --assignee ${NED.name} --role 'Azure AI Developer' --scope ${scope}`
  await page.getByText(command('SCOPE'), { exact: true }).waitFor()
  const words = page.getByText('You are signed in, but no role has been given to you')
  assert.equal(await words.evaluate(text => getComputedStyle(text).textAlign), 'center')
  await isAccessible(page, 'no access')
  // An address that somebody sent says at least the subscription.
  await page.goto('/portal/endpoints?subscription=theirs')
  await page.getByText(command('/subscriptions/theirs'), { exact: true }).waitFor()
  await leave(page)
})

test('an ended session loses nothing that was typed', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/endpoints')
  await signIn(page)
  await page.getByRole('row', { name: /hello/ }).waitFor()
  await page.getByRole('searchbox', { name: 'Filter endpoints' }).fill('hel')
  // The cookie is gone and the token is not taken any more.
  await page.context().clearCookies({ name: '__Host-cupola-session' })
  await page.route('**/serverlessEndpoints?*', async route => {
    await route.fulfill({ status: 401, json: { error: { code: 'ExpiredAuthenticationToken', message: 'expired' } } })
    await page.unroute('**/serverlessEndpoints?*')
  })
  await page.getByRole('button', { name: 'Refresh' }).click()
  const dialog = page.getByRole('alertdialog')
  await dialog.waitFor()
  await isAccessible(page, 'the session dialog')
  const opening = page.context().waitForEvent('page')
  await dialog
    .getByRole('button', { name: 'Sign in', exact: true })
    .or(dialog.getByRole('link', { name: 'Sign in', exact: true }))
    .click()
  const other = await opening
  await signIn(other)
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await page.getByRole('searchbox', { name: 'Filter endpoints' }).inputValue(), 'hel')
  await page.getByRole('row', { name: /hello/ }).waitFor()
  await leave(page)
})

test('a restart of the server is said and got over', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/endpoints')
  await signIn(page)
  await page.getByRole('row', { name: /hello/ }).waitFor()
  await page.getByRole('searchbox', { name: 'Filter endpoints' }).fill('hel')
  await server.stop()
  await page.getByRole('button', { name: 'Refresh' }).click()
  await page.getByText('The server does not answer; reconnecting').waitFor()
  await server.run()
  await page.getByText('The server does not answer; reconnecting').waitFor({ state: 'detached' })
  await page.getByRole('row', { name: /hello/ }).waitFor()
  assert.equal(await page.getByRole('searchbox', { name: 'Filter endpoints' }).inputValue(), 'hel')
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing is left of it')
  await leave(page)
})

test('every page opens by keyboard, narrow and wide, from right to left', async () => {
  const page = await open(browser, server)
  await page.goto('/portal/endpoints')
  await signIn(page)
  await page.getByRole('row', { name: /hello/ }).waitFor()
  const titles = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()
  assert.equal(titles.length, 10)
  for (const title of titles) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title, exact: true }).press('Enter')
    const heading = page.getByRole('heading', { name: title, level: 1 })
    await heading.waitFor()
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
    assert.equal(await page.title(), `${title} - Cupola`)
    await isAccessible(page, title)
  }
  await page.getByRole('banner').getByRole('link', { name: 'Cupola' }).click()
  await page.getByRole('row', { name: /hello/ }).waitFor()
  assert.match(page.url(), /\/portal\/endpoints\?subscription=[^&]+&group=cupola&workspace=hello-project$/)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Pages' }).click()
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await hasFocus(page.getByRole('button', { name: 'Pages' }))
  await page.getByRole('button', { name: 'Pages' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Usage and cost' }).click()
  await hasFocus(page.getByRole('heading', { name: 'Usage and cost', level: 1 }))
  await page.getByRole('button', { name: 'Pages' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Endpoints' }).click()
  await page.getByRole('row', { name: /hello/ }).waitFor()
  // The page behind the drawer is there for screen readers again a moment after it has closed.
  await page.locator('#root:not([aria-hidden])').waitFor()
  await isAccessible(page, 'narrow')
  await fits(page)
  assert.deepEqual(page.faults, [])
  await leave(page)
})
