import { expect, test } from 'vitest'
import { applied, filtersOf, isOwn, type Policy, rulesOf, weaker } from './policy'

function policy(name: string, filters: Policy['properties']['contentFilters'], more = {}): Policy {
  return { id: `/${name}`, name, type: 't', properties: { contentFilters: filters, ...more } }
}

const SYSTEM = policy(
  'Microsoft.DefaultV2',
  [
    { name: 'Hate', source: 'Prompt', enabled: true, blocking: true, severityThreshold: 'Medium' },
    { name: 'Jailbreak', source: 'Prompt', enabled: true, blocking: true },
    { name: 'Protected Material Code', source: 'Completion', enabled: true, blocking: false },
  ],
  { type: 'SystemManaged', basePolicyName: 'Microsoft.DefaultV2' },
)
const OWN = policy(
  'Default',
  [{ name: 'Hate', source: 'Prompt', enabled: true, blocking: true, severityThreshold: 'Low' }],
  {
    type: 'UserManaged',
    basePolicyName: 'microsoft.defaultv2',
  },
)

test("the endpoint's own policy goes before the system's", () => {
  expect(applied([SYSTEM])).toBe(SYSTEM)
  expect(applied([SYSTEM, OWN])).toBe(OWN)
  expect(isOwn(SYSTEM)).toBe(false)
  expect(isOwn(OWN)).toBe(true)
})

test('what a policy does not name is as in its base', () => {
  const rules = rulesOf(OWN, [SYSTEM, OWN])
  expect(rules['Hate/Prompt']).toEqual({ choice: 'block', severity: 'Low' })
  expect(rules['Jailbreak/Prompt']?.choice).toBe('block')
  expect(rules['PII/Completion']?.choice).toBe('off')
})

test('rules become the filters that they came from, and hidden filters stay', () => {
  const rules = rulesOf(SYSTEM, [SYSTEM])
  const written = filtersOf(rules, SYSTEM)
  expect(rulesOf(policy('x', written), [])).toEqual(rules)
  expect(written).toContainEqual(SYSTEM.properties.contentFilters[2])
  expect(written.find(filter => filter.name === 'Jailbreak')).not.toHaveProperty('severityThreshold')
})

test('only what looks at less is weaker', () => {
  const before = rulesOf(SYSTEM, [SYSTEM])
  const with_ = (key: string, rule: (typeof before)[string]) => weaker(before, { ...before, [key]: rule })
  expect(with_('Hate/Prompt', { choice: 'block', severity: 'High' })).toEqual(['Hate and unfairness in prompts'])
  expect(with_('Hate/Prompt', { choice: 'annotate', severity: 'Low' })).toEqual(['Hate and unfairness in prompts'])
  expect(with_('Hate/Prompt', { choice: 'block', severity: 'Low' })).toEqual([])
  expect(with_('Jailbreak/Prompt', { choice: 'off', severity: 'Medium' })).toEqual(['Jailbreak attempts in prompts'])
  expect(with_('PII/Completion', { choice: 'block', severity: 'Medium' })).toEqual([])
})
