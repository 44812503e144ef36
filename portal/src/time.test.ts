import { expect, test } from 'vitest'
import { dayStart } from './time'

test('a day begins at midnight in UTC, whatever zone the browser is in', () => {
  const check = (moment: string, start: string) =>
    expect(new Date(dayStart(Date.parse(moment))).toISOString(), moment).toBe(start)
  check('2026-11-21T23:59:59.999Z', '2026-11-21T00:00:00.000Z')
  check('2026-11-22T00:30:00+01:00', '2026-11-21T00:00:00.000Z')
  check('2026-11-21T00:00:00Z', '2026-11-21T00:00:00.000Z')
})
