import { expect, test } from 'vitest'
import { draftUnder, keepDraft } from './drafts'

test('a draft is there until it is saved, discarded, or what it was made of has changed', () => {
  const [before, edited, other] = [{ tokens: '1' }, { tokens: '2' }, { tokens: '3' }]
  expect(draftUnder('limits', before)).toBe(before)
  keepDraft('limits', before, edited)
  expect(draftUnder('limits', { tokens: '1' })).toEqual(edited)
  expect(draftUnder('filter', before), 'another form').toBe(before)
  expect(draftUnder('limits', other), 'somebody changed it meanwhile').toBe(other)
  keepDraft('limits', before, { tokens: '1' })
  expect(draftUnder('limits', before), 'discarded').toBe(before)
})
