// Buttons for those who may, as others see them.
import assert from 'node:assert/strict'

const PERMISSIONS = '**/providers/Microsoft.Authorization/permissions?*'

/** From now on the page believes that the person may everything, as when a role was taken away a moment ago. */
export async function believeAll(page) {
  await page.route(PERMISSIONS, route => route.fulfill({ json: { value: [{ actions: ['*'], notActions: [] }] } }))
}

/** The button cannot be pressed, is reached by keys, and says which action is missing and which role has it. */
export async function isWithheld(page, button, action) {
  await button.and(page.locator('[aria-disabled=true]')).waitFor()
  await button.focus()
  const why = page.getByRole('tooltip', { name: new RegExp(`It takes ${action.replaceAll('.', '\\.')}, and no role`) })
  await why.waitFor()
  assert.match(await why.textContent(), /Ask an administrator for one that does, such as .*Azure AI Developer/)
  await page.keyboard.press('Enter')
  assert.equal(await page.getByRole('dialog').count(), 0, 'nothing was asked')
}
