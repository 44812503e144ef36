// Buttons for those who may, as others see them.
import assert from 'node:assert/strict'

/** Where the page asks what the person may. */
export const PERMISSIONS = '**/providers/Microsoft.Authorization/permissions?*'

/** From now on the page believes that the person may everything, as when a role was taken away a moment ago. */
export async function believeAll(page) {
  await page.route(PERMISSIONS, route => route.fulfill({ json: { value: [{ actions: ['*'], notActions: [] }] } }))
}

/** The button or the switch cannot be pressed, is reached by keys, and says which action is missing and, where the person may read
 * roles, which one has it. */
export async function isWithheld(page, button, action, role = 'Azure AI Developer') {
  await button.and(page.locator('[aria-disabled=true]')).waitFor()
  await button.focus()
  const why = page.getByRole('tooltip', { name: new RegExp(`It takes ${action.replaceAll('.', '\\.')}, and no role`) })
  await why.waitFor()
  const such = role ? `, such as .*${role}` : '\\.$'
  assert.match(await why.textContent(), new RegExp(`Ask an administrator for one that does${such}`))
  await page.keyboard.press('Enter')
  await page.keyboard.press('Space')
  assert.equal(await page.getByRole('dialog').count(), 0, 'nothing was asked')
}
