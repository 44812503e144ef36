// People, and what they do before a story begins.

export const ANN = { name: 'ann@example.com', shown: 'Ann Lee', password: 'purple tree on 7 hills' }

/** Becomes the administrator through the link that the first start prints. */
export async function acceptInvitation(page, server, person = ANN, token = server.invitation) {
  await page.goto(`/sign-in/invite#${token}`)
  await page.getByLabel('User name').fill(person.name)
  await page.getByLabel('Your name').fill(person.shown)
  await page.locator('input[name=new]').fill(person.password)
  await page.locator('input[name=again]').fill(person.password)
  await page.getByRole('button').first().click()
  await page.waitForURL('**/portal/**')
}

/** Signs in on the page that is open. */
export async function signIn(page, person = ANN) {
  await page.getByLabel('User name').fill(person.name)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
