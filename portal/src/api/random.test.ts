import { expect, test } from 'vitest'
import { newId, newPassword } from './random'

test('ids are GUIDs of version 4, each its own', () => {
  const ids = Array.from({ length: 100 }, newId)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(ids).size).toBe(100)
})

test('passwords are long, readable and different', () => {
  const passwords = Array.from({ length: 100 }, newPassword)
  for (const password of passwords) expect(password).toMatch(/^[a-hjkmnp-z2-9-]{20}$/)
  expect(new Set(passwords).size).toBe(100)
})
