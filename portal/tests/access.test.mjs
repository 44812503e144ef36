// Who may do what, through the page: roles, people, applications, and why.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isAccessible } from './accessible.mjs'
import { leave, open } from './browser.mjs'
import { acceptInvitation, signIn } from './people.mjs'
import { believeAll, isWithheld } from './rights.mjs'
import { shot } from './shot.mjs'
import { stage } from './stage.mjs'
import { gone, hasFocus } from './until.mjs'

const REA = { name: 'rea@example.com', shown: 'Rea Der', password: 'green stone under 3 bridges' }
const DEV = { name: 'dev@example.com', shown: 'Dev Eloper', password: 'yellow cloud over 5 fields' }
const IVY = { name: 'ivy@example.com', shown: 'Ivy Vited', password: 'seven blue spoons in 1 drawer' }

const { server, browser, administrator } = await stage()
let page

before(async () => {
  page = await open(browser, server)
  await acceptInvitation(page, server)
  await page.getByText('Nothing is deployed in this project yet').waitFor()
  await administrator.deploy('hello')
  await administrator.invite(DEV, [])
})

after(() => assert.deepEqual(page?.faults, []))

// By keys, as people do: that opens the list.
async function type(field, words) {
  await field.fill('')
  await field.pressSequentially(words)
}

async function pick(name) {
  const dialog = page.getByRole('dialog')
  await type(dialog.getByRole('combobox', { name: 'Person or application' }), name)
  await page.getByRole('option', { name }).first().click()
}

test('a role is given at one scope, seen from below with where it comes from, and taken away', async () => {
  await page.goto('/portal/access')
  const ann = page.getByRole('row', { name: /Ann Lee/ })
  await ann.waitFor()
  assert.match(await ann.textContent(), /Owner.*Everything.*Inherited from above/)

  await page.getByRole('combobox', { name: 'Scope' }).selectOption({ label: 'Group cupola' })
  await page.getByRole('button', { name: 'Add role assignment' }).click()
  await pick('Dev Eloper')
  await page.getByRole('dialog').getByLabel('Role').selectOption('Azure AI Developer')
  await page.getByText('Microsoft.MachineLearningServices/workspaces/*/write').waitFor()
  await isAccessible(page, 'giving a role')
  await page.getByRole('button', { name: 'Give the role' }).click()
  const dev = page.getByRole('row', { name: /Dev Eloper/ })
  await dev.waitFor()
  assert.match(await dev.textContent(), /dev@example\.com.*Azure AI Developer.*This scope/)
  await page.getByText('Dev Eloper has Azure AI Developer now').last().waitFor()
  await isAccessible(page, 'the role assignments')
  await shot(page, 'access')

  // From the endpoint it is inherited; and again is refused in the server's words.
  await page.getByRole('combobox', { name: 'Scope' }).selectOption({ label: 'Endpoint hello' })
  await page.getByRole('row', { name: /Dev Eloper.*Group cupola.*Inherited from above/ }).waitFor()
  await page.getByRole('combobox', { name: 'Scope' }).selectOption({ label: 'Group cupola' })
  await page.getByRole('button', { name: 'Add role assignment' }).click()
  await pick('Dev Eloper')
  await page.getByRole('dialog').getByLabel('Role').selectOption('Azure AI Developer')
  await page.getByRole('button', { name: 'Give the role' }).click()
  await page.getByText('The role assignment already exists.').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()

  await page.getByRole('button', { name: /Take Azure AI Developer away from Dev Eloper/ }).click()
  await page.getByText('No other role is left there.').waitFor()
  await page.getByRole('button', { name: 'Take the role away' }).click()
  await gone(page, dev)
  const { value } = await administrator.send(
    'GET',
    `${administrator.group}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`,
  )
  assert.ok(value.every(one => one.properties.scope === '/'))
})

test('the roles say what each is for', async () => {
  await page.goto('/portal/access/roles')
  await page.getByRole('row', { name: /Azure AI Developer.*Built in/ }).waitFor()
  await isAccessible(page, 'the roles')
  await shot(page, 'access-roles')
  await page
    .getByRole('button', { name: 'Azure AI Developer' })
    .or(page.getByRole('link', { name: 'Azure AI Developer' }))
    .click()
  await page.getByRole('dialog').getByText('Microsoft.MachineLearningServices/workspaces/*/write').waitFor()
  await page.keyboard.press('Escape')
})

test('may somebody do something, and why', async () => {
  await administrator.send(
    'PUT',
    `${administrator.group}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`,
    { properties: { level: 'CanNotDelete', notes: 'in use' } },
  )
  await page.goto('/portal/access/check')
  const panel = page.getByRole('region', { name: 'May somebody do this?' })
  await type(panel.getByRole('combobox', { name: 'Person or application' }), 'ann')
  await page.getByRole('option', { name: /Ann Lee/ }).click()
  await type(panel.getByRole('combobox', { name: 'What' }), 'delete an endpoint')
  await page.getByRole('option', { name: 'Delete an endpoint' }).click()
  await panel.getByText('Ann Lee may, but a lock stops it').waitFor()
  await panel.getByText('keep at Group cupola stops deleting (in use).').waitFor()
  await panel.getByText('Owner, held at Everything, allows it by *.').waitFor()
  await shot(page, 'access-check')
  await isAccessible(page, 'the check')
  await type(panel.getByRole('combobox', { name: 'Person or application' }), 'dev')
  await page.getByRole('option', { name: /Dev Eloper/ }).click()
  await panel.getByText('Dev Eloper may not').waitFor()
  await panel.getByText('No role is held at this scope or above it.').waitFor()
  const better = await panel.getByText('Roles that would allow it').textContent()
  assert.ok(!better.includes('Reader'), better)
  assert.match(better, /Azure AI Developer.*Owner/)
  await page.goto('/portal/access')
  await page.getByText('keep at Group cupola stops deleting (in use).').waitFor()
  await administrator.send(
    'DELETE',
    `${administrator.group}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`,
  )
})

test('somebody is invited with a link that is shown once, disabled, reset and deleted', async () => {
  await page.goto('/portal/access/people')
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByLabel('User name').fill(IVY.name)
  await page.getByLabel(/^Name\W*$/).fill(IVY.shown)
  await page.getByRole('button', { name: 'Make the link' }).click()
  await hasFocus(page.getByRole('button', { name: 'Done' }))
  await page.getByRole('button', { name: 'Show the link' }).click()
  const link = await page.getByText(/\/sign-in\/invite#/).textContent()
  await isAccessible(page, 'the link')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('row', { name: /Ivy Vited/ }).waitFor()
  assert.equal(await page.getByText(/\/sign-in\/invite#/).count(), 0, 'the link is gone')
  await hasFocus(page.getByRole('button', { name: 'Invite somebody' }))

  const hers = await open(browser, server)
  await acceptInvitation(hers, server, IVY, link.split('#')[1])
  await hers.getByText('You have no access yet').waitFor()

  await page.getByRole('button', { name: 'Change Ivy Vited' }).click()
  await page.getByRole('menuitem', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('row', { name: /Ivy Vited.*Disabled/ }).waitFor()
  await hasFocus(page.getByRole('button', { name: 'Change Ivy Vited' }))
  await hers.reload()
  await hers.waitForURL('**/sign-in?continue=**')
  await signIn(hers, IVY)
  await hers.getByRole('alert').waitFor()
  await shot(page, 'access-people')

  await page.getByRole('button', { name: 'Change Ivy Vited' }).click()
  await page.getByRole('menuitem', { name: 'Enable' }).click()
  await page.getByRole('button', { name: 'Enable', exact: true }).click()
  await page.getByRole('row', { name: /Ivy Vited.*Enabled/ }).waitFor()
  await page.getByRole('button', { name: 'Change Ivy Vited' }).click()
  await page.getByRole('menuitem', { name: 'Reset the password' }).click()
  await page.getByRole('button', { name: 'Reset the password' }).click()
  await page.getByRole('button', { name: 'Show the password' }).click()
  const password = await page.getByText(/^[a-hjkmnp-z2-9-]{20}$/).textContent()
  await page.getByRole('button', { name: 'Done' }).click()
  await hers.goto('/portal')
  await signIn(hers, { ...IVY, password })
  await hers.locator('input[name=new]').waitFor()

  await page.getByRole('button', { name: 'Change Ivy Vited' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete' })
  assert.ok(await confirm.isDisabled(), 'the name has to be typed')
  await page.getByLabel(`Type ${IVY.name} to go on`).fill(IVY.name)
  await confirm.click()
  await gone(page, page.getByRole('row', { name: /Ivy Vited/ }))
  await leave(hers)
})

test('an application gets a secret that works, an issuer that is trusted, and goes', async () => {
  await page.goto('/portal/access/applications')
  await page.getByRole('row', { name: /Cupola administrator/ }).waitFor()
  await shot(page, 'access-applications')
  await page.getByRole('button', { name: 'Register an application' }).click()
  await page.getByLabel('Name').fill('nightly')
  await page.getByRole('button', { name: 'Register', exact: true }).click()
  await page.getByRole('heading', { name: 'nightly', level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Add a secret' }).click()
  await page.getByLabel(/^Name\W*$/).fill('the build')
  await page.getByRole('button', { name: 'Make the secret' }).click()
  await page.getByRole('button', { name: 'Show the secret' }).click()
  const secret = await page.getByText(/^cup~\S{30,}$/).textContent()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('row', { name: /the build.*Works/ }).waitFor()
  assert.ok(!(await page.content()).includes(secret), 'the secret is gone from the page')

  const { value } = await administrator.send('GET', `/v1.0/applications?$filter=displayName eq 'nightly'`)
  const client = await server.client()
  const token = () =>
    fetch(`${server.origin}/adfs/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: value[0].appId,
        client_secret: secret,
        scope: `${client.url}/.default`,
      }),
    })
  assert.equal((await token()).status, 200)

  await page.getByRole('button', { name: 'Add an issuer' }).click()
  await page.getByLabel(/^Name\W*$/).fill('github')
  await page.getByLabel(/^Issuer\W*$/).fill('https://token.actions.githubusercontent.com')
  await page.getByLabel('Subject').fill('repo:octo/models:ref:refs/heads/main')
  await page.getByRole('button', { name: 'Add the issuer' }).click()
  await page.getByRole('row', { name: /github.*token\.actions.*repo:octo/ }).waitFor()
  await isAccessible(page, 'an application')
  await shot(page, 'access-application')
  await page.getByRole('button', { name: 'Delete the federated credential github' }).click()
  await page.getByRole('button', { name: 'Delete the credential' }).click()
  await gone(page, page.getByRole('row', { name: /github/ }))

  await page.getByRole('button', { name: 'Delete the secret the build' }).click()
  await page.getByText('It is the only secret of this application.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the secret' }).click()
  await gone(page, page.getByRole('row', { name: /the build/ }))
  assert.notEqual((await token()).status, 200)

  // It holds a role, which the page of roles has shown a moment before.
  const [{ id: holder }] = (
    await administrator.send('GET', `/v1.0/servicePrincipals?$filter=appId eq '${value[0].appId}'`)
  ).value
  await administrator.give(holder, 'ServicePrincipal', 'Reader', administrator.group)
  await page.goto('/portal/access')
  await page.getByRole('row', { name: /nightly.*Reader/ }).waitFor()
  await page.getByRole('tab', { name: 'Applications' }).click()
  await page.getByRole('link', { name: 'nightly' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByLabel('Type nightly to go on').fill('nightly')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Register an application' }).waitFor()
  await page.getByRole('row', { name: /Cupola administrator/ }).waitFor()
  assert.equal(await page.getByRole('row', { name: /nightly/ }).count(), 0)
  await page.getByRole('tab', { name: 'Role assignments' }).click()
  await page.getByRole('table', { name: 'role assignments' }).waitFor()
  assert.equal(await page.getByRole('row', { name: /Reader/ }).count(), 0, 'what it held is not shown any more')
})

test('an application that is not there is said not to be', async () => {
  await page.goto('/portal/access/applications/00000000-0000-0000-0000-000000000000')
  await page.getByText('There is no such application').waitFor()
  await page.getByRole('link', { name: 'All applications' }).click()
  await page.getByRole('button', { name: 'Register an application' }).waitFor()
})

test('a reader sees who may do what, and is told which action at which scope is missing', async () => {
  const token = await administrator.invite(REA, [{ role: 'Reader', scope: administrator.group }])
  const hers = await open(browser, server)
  await acceptInvitation(hers, server, REA, token)
  const refused = []
  hers.on('response', answer => answer.status() === 403 && refused.push(answer.url()))
  await hers.goto('/portal/access')
  await hers.getByRole('row', { name: /Rea Der.*Reader.*Group cupola/ }).waitFor()
  const button = name => hers.getByRole('button', { name, exact: true })
  const giver = 'User Access Administrator'
  await isWithheld(hers, button('Add role assignment'), 'Microsoft.Authorization/roleAssignments/write', giver)
  const away = hers.getByRole('button', { name: /Take Reader away from Rea Der/ })
  await isWithheld(hers, away, 'Microsoft.Authorization/roleAssignments/delete', giver)
  await isAccessible(hers, 'what a reader may not give')
  await shot(hers, 'access-reader')
  // People and applications are changed by administrators of everything, whose roles she does not see.
  const change = 'Cupola.Identity/principals/write'
  await hers.getByRole('tab', { name: 'People' }).click()
  await isWithheld(hers, button('Invite somebody'), 'Cupola.Identity/users/invite/action', '')
  await isWithheld(hers, button('Change Ann Lee'), change, '')
  await hers.getByRole('tab', { name: 'Applications' }).click()
  await isWithheld(hers, button('Register an application'), change, '')
  await hers.getByRole('link', { name: 'Cupola administrator' }).click()
  await hers.getByRole('heading', { name: 'Cupola administrator', level: 1 }).waitFor()
  await isWithheld(hers, button('Disable'), change, '')
  await isWithheld(hers, button('Delete'), 'Cupola.Identity/principals/delete', '')
  await isWithheld(hers, button('Add a secret'), change, '')
  await isWithheld(hers, hers.getByRole('button', { name: /^Delete the secret/ }).first(), change, '')
  await isWithheld(hers, button('Add an issuer'), change, '')
  const roles = refused.filter(url => url.includes('/roleDefinitions'))
  assert.deepEqual(roles, [], 'roles that she may not read are not asked for in her name')

  // A page that does not know it yet is told by the server.
  await believeAll(hers)
  await hers.goto('/portal/access')
  await hers.getByRole('button', { name: 'Add role assignment' }).click()
  await type(hers.getByRole('combobox', { name: 'Person or application' }), 'Rea')
  await hers.getByRole('option', { name: /Rea Der/ }).click()
  await hers.getByRole('dialog').getByLabel('Role').selectOption('Owner')
  await hers.getByRole('button', { name: 'Give the role' }).click()
  await hers.getByText('You may not do this').waitFor()
  await hers.getByText('Microsoft.Authorization/roleAssignments/write').waitFor()
  await hers
    .getByRole('alert')
    .getByText(/\/workspaces\/hello-project$/)
    .waitFor()
  const refusal = await hers.getByRole('alert').textContent()
  await isAccessible(hers, 'the refusal')
  await hers.getByRole('button', { name: 'Cancel' }).click()

  // The id of the refusal leads to its reasons.
  const id = /request ([0-9a-f-]{36})/.exec(refusal)[1]
  await hers.getByRole('link', { name: 'Check access' }).click()
  await hers.getByLabel('Id of the request').fill(id)
  await hers.getByRole('button', { name: 'Explain' }).click()
  await hers
    .getByText(/They held 'Reader' at '\/subscriptions\/.*\/cupola', which does not allow the action/i)
    .waitFor()
  await hers.getByText('Roles that would allow it: ').waitFor()

  // At the scope above hers she sees nothing, and is told why.
  await hers.goto('/portal/access?at=subscription')
  await hers.getByText('Microsoft.Authorization/roleAssignments/read').waitFor()
  await hers.getByText('You may not do this').waitFor()

  // Inviting is the administrators'.
  await hers.goto('/portal/access/people')
  await hers.getByRole('button', { name: 'Invite somebody' }).click()
  await hers.getByLabel('User name').fill('x@example.com')
  await hers.getByRole('button', { name: 'Make the link' }).click()
  await hers.getByText('Cupola.Identity/users/invite/action').waitFor()
  assert.deepEqual(hers.faults, [])
  await leave(hers)
})

test('the last owner of everything stays', async () => {
  await page.goto('/portal/access?at=everything')
  await page.getByRole('button', { name: /Take Owner away from Ann Lee/ }).waitFor()
  await page.getByRole('button', { name: /Take Owner away from Cupola administrator/ }).click()
  await page.getByRole('button', { name: 'Take the role away' }).click()
  await gone(page, page.getByRole('row', { name: /Cupola administrator/ }))
  await page.getByRole('button', { name: /Take Owner away from Ann Lee/ }).click()
  await page.getByRole('button', { name: 'Take the role away' }).click()
  await page.getByText('This is the last Owner at the root scope').waitFor()
  await hasFocus(page.getByRole('button', { name: 'Take the role away' }))
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await hasFocus(page.getByRole('button', { name: /Take Owner away from Ann Lee/ }))
})
