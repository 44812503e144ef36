// How people call what the bill tells apart.

import { pageOf } from '../../app/scope/pageOf'
import { namesOfId } from '../../app/scope/scope'
import { meterName } from '../../components/meters'
import type { By } from './question'

const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
const hourFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** A day or an hour of the bill, which is kept in UTC. */
export function timeName(second: number, step: 'day' | 'hour'): string {
  return step === 'day' ? dayFormat.format(second * 1000) : `${hourFormat.format(second * 1000)} UTC`
}

export interface Name {
  name: string
  /** What tells two of the same name apart. */
  detail?: string
  /** The page about it. */
  to?: string
}

/** The name of a group, and where there is more about it. */
export function nameOf(by: By, values: Readonly<Record<string, string>>): Name {
  const value = (dimension: string) => values[dimension] ?? ''
  switch (by) {
    case 'project':
      return { name: value('Workspace'), detail: value('ResourceGroupName') }
    case 'endpoint':
      return endpoint(value('ResourceId'))
    case 'key': {
      const { name } = endpoint(value('ResourceId'))
      const key = value('Key')
      return key
        ? { name: `${name}: ${key} key`, detail: projectOf(value('ResourceId')) }
        : { name: `${name}: signed in`, detail: value('Principal') }
    }
    case 'meter':
      return { name: meterName(value('Meter')) }
    case 'model':
      return { name: value('Model') }
    case 'operation':
      return { name: value('Operation') || 'Other' }
    default:
      return { name: 'Total' }
  }
}

function projectOf(id: string): string {
  return /\/workspaces\/([^/]+)/i.exec(id)?.[1] ?? namesOfId(id).group ?? ''
}

function endpoint(id: string): Name {
  const to = pageOf(id)
  return { name: namesOfId(id).name, detail: projectOf(id), ...(to ? { to } : {}) }
}
