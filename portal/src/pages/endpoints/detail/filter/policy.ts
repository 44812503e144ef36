// A content filter policy as a form: what is looked for on each side, and from which severity on.

import type { Schemas } from '../../../../api/client'

export type Policy = Schemas['Policy']
type Filter = Schemas['ContentFilter']

export type Source = 'Prompt' | 'Completion'
export const SOURCES: readonly Source[] = ['Prompt', 'Completion']

/** What has degrees. */
export const CATEGORIES = [
  { name: 'Hate', title: 'Hate and unfairness' },
  { name: 'Sexual', title: 'Sexual content' },
  { name: 'Violence', title: 'Violence' },
  { name: 'Selfharm', title: 'Self-harm' },
] as const

/** What is there or is not, and on which side it can be. */
export const DETECTIONS: readonly { name: string; title: string; sources: readonly Source[] }[] = [
  { name: 'Jailbreak', title: 'Jailbreak attempts', sources: ['Prompt'] },
  { name: 'Indirect Attack', title: 'Attacks in documents', sources: ['Prompt'] },
  { name: 'Profanity', title: 'Profanity', sources: SOURCES },
  { name: 'PII', title: 'Personal data', sources: SOURCES },
]

/** What happens to what is found. For categories with the severity from which on it is found. */
export type Choice = 'off' | 'annotate' | 'block'
export type Severity = 'Low' | 'Medium' | 'High'

export interface Rule {
  choice: Choice
  severity: Severity
}

/** Rules by `Hate/Prompt`. */
export type Rules = Readonly<Record<string, Rule>>

export function ruleKey(name: string, source: Source): string {
  return `${name}/${source}`
}

/** The policy that applies: the endpoint's own, or else the system's. */
export function applied(policies: readonly Policy[]): Policy | undefined {
  const named = (name: string) => policies.find(one => one.name.toLowerCase() === name)
  return named('default') ?? named('microsoft.defaultv2')
}

/** Is this the endpoint's own policy? */
export function isOwn(policy: Policy | undefined): boolean {
  return policy !== undefined && policy.properties.type !== 'SystemManaged'
}

/** The rules of a policy. What it does not name is as in the policy that it is based on. */
export function rulesOf(policy: Policy, policies: readonly Policy[]): Rules {
  const base = policies.find(one => one.name.toLowerCase() === policy.properties.basePolicyName?.toLowerCase())
  const filters = [...(base?.properties.contentFilters ?? []), ...policy.properties.contentFilters]
  const rules: Record<string, Rule> = {}
  for (const { name } of CATEGORIES) for (const source of SOURCES) rules[ruleKey(name, source)] = off()
  for (const { name, sources } of DETECTIONS) for (const source of sources) rules[ruleKey(name, source)] = off()
  for (const filter of filters) {
    const key = ruleKey(filter.name, filter.source)
    if (key in rules) rules[key] = { choice: choiceOf(filter), severity: filter.severityThreshold ?? 'Medium' }
  }
  return rules
}

function off(): Rule {
  return { choice: 'off', severity: 'Medium' }
}

function choiceOf(filter: Filter): Choice {
  if (!filter.enabled) return 'off'
  return filter.blocking ? 'block' : 'annotate'
}

/** The filters of a policy with these rules; filters that the form does not show stay as they are. */
export function filtersOf(rules: Rules, policy: Policy): Filter[] {
  const kept = policy.properties.contentFilters.filter(filter => !(ruleKey(filter.name, filter.source) in rules))
  const written = Object.entries(rules).map(([key, rule]): Filter => {
    const at = key.lastIndexOf('/')
    const name = key.slice(0, at)
    const isCategory = CATEGORIES.some(category => category.name === name)
    return {
      name,
      source: key.slice(at + 1) as Source,
      enabled: rule.choice !== 'off',
      blocking: rule.choice === 'block',
      ...(isCategory ? { severityThreshold: rule.severity } : {}),
    }
  })
  return [...written, ...kept]
}

/** What is looked at less than before, in a person's words. */
export function weaker(before: Rules, after: Rules): string[] {
  const order: Choice[] = ['off', 'annotate', 'block']
  const severities: Severity[] = ['High', 'Medium', 'Low']
  return Object.entries(after).flatMap(([key, rule]) => {
    const old = before[key]
    if (!old) return []
    const isWeaker =
      order.indexOf(rule.choice) < order.indexOf(old.choice) ||
      (rule.choice !== 'off' && severities.indexOf(rule.severity) < severities.indexOf(old.severity))
    return isWeaker ? [titleOf(key)] : []
  })
}

function titleOf(key: string): string {
  const at = key.lastIndexOf('/')
  const name = key.slice(0, at)
  const known = [...CATEGORIES, ...DETECTIONS].find(one => one.name === name)
  return `${known?.title ?? name} in ${key.slice(at + 1) === 'Prompt' ? 'prompts' : 'answers'}`
}
