import { expect, test } from 'vitest'
import { type ActivityEvent, callerOf, csvOf, faultOf, filterOf, wantedIn } from './activity'

const read = (text: string) => wantedIn(new URLSearchParams(text))

test('an address says what is wanted, and a filter asks for it', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  expect(filterOf(read(''), now)).toBe("eventTimestamp ge '2026-11-20T12:00:00.000Z'")
  expect(filterOf(read("hours=1&status=Failed&caller=o'neil&of=g"), now)).toBe(
    "eventTimestamp ge '2026-11-21T11:00:00.000Z' and resourceGroupName eq 'g' and status eq 'Failed' and caller eq 'o''neil'",
  )
  expect(read('hours=17').hours).toBe(24)
})

test('a refusal has its code; what went well has none', () => {
  const statusMessage = JSON.stringify({ error: { code: 'ScopeLocked', message: 'no' } })
  expect(faultOf({ status: { value: 'Failed' }, properties: { statusMessage } })).toEqual({
    code: 'ScopeLocked',
    message: 'no',
  })
  expect(faultOf({ status: { value: 'Failed' }, properties: { statusMessage: '{' }, description: 'd' })).toEqual({
    code: 'Failed',
    message: 'd',
  })
  expect(faultOf({ status: { value: 'Succeeded' }, properties: { statusMessage } })).toBeUndefined()
})

test('a table for a spreadsheet keeps commas, quotes and formulas as text', () => {
  const event: ActivityEvent = {
    eventTimestamp: 't',
    operationName: { value: 'a,b' },
    caller: '=1+1',
    claims: { name: 'Ann "A" Lee' },
    status: { value: 'Succeeded' },
  }
  expect(callerOf(event)).toBe('Ann "A" Lee')
  const [head, row, end] = csvOf([event]).split('\r\n')
  expect(head?.split(',')).toHaveLength(9)
  expect(row).toBe(`t,"a,b",Succeeded,,"Ann ""A"" Lee",'=1+1,,,`)
  expect(end).toBe('')
})
