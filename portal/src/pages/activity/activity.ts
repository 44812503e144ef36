// The activity log: what is asked of it, and how an event is read.

import type { Schemas } from '../../api/client'
import { HOUR_MS } from '../../time'

export type ActivityEvent = Schemas['ActivityEvent']

export interface Wanted {
  hours: number
  status: string
  caller: string
  group: string
  resource: string
  correlation: string
}

export const SPANS: readonly { hours: number; label: string }[] = [
  { hours: 1, label: 'Last hour' },
  { hours: 6, label: 'Last 6 hours' },
  { hours: 24, label: 'Last 24 hours' },
  { hours: 168, label: 'Last 7 days' },
  { hours: 720, label: 'Last 30 days' },
  { hours: 2160, label: 'Last 90 days' },
]

/** Reads what an address asks for. */
export function wantedIn(search: URLSearchParams): Wanted {
  const hours = Number(search.get('hours'))
  return {
    hours: SPANS.some(span => span.hours === hours) ? hours : 24,
    status: search.get('status') ?? '',
    caller: search.get('caller') ?? '',
    group: search.get('of') ?? '',
    resource: search.get('resource') ?? '',
    correlation: search.get('correlation') ?? '',
  }
}

/** The `$filter` of the monitor. */
export function filterOf(wanted: Wanted, nowMs: number): string {
  const conditions = [`eventTimestamp ge '${new Date(nowMs - wanted.hours * HOUR_MS).toISOString()}'`]
  const equal = (name: string, value: string) => {
    const text = value.trim()
    if (text) conditions.push(`${name} eq '${text.replaceAll("'", "''")}'`)
  }
  equal('resourceGroupName', wanted.group)
  equal('resourceUri', wanted.resource)
  equal('correlationId', wanted.correlation)
  equal('status', wanted.status)
  equal('caller', wanted.caller)
  return conditions.join(' and ')
}

/** Who did it, by the name that people know. */
export function callerOf(event: ActivityEvent): string {
  return event.claims?.name || event.caller || 'Somebody'
}

/** The code and the message of what went wrong. */
export function faultOf(event: ActivityEvent): { code: string; message: string } | undefined {
  if (event.status?.value !== 'Failed') return undefined
  try {
    const { error } = JSON.parse(event.properties?.statusMessage ?? '') as {
      error?: { code?: string; message?: string }
    }
    if (error?.code) return { code: error.code, message: error.message ?? '' }
  } catch {
    // Then it is said by what the event has itself.
  }
  return { code: event.subStatus?.value || 'Failed', message: event.description ?? '' }
}

const COLUMNS = ['time', 'operation', 'status', 'code', 'caller', 'callerId', 'resource', 'correlationId', 'requestId']

/** The events as a table for a spreadsheet. */
export function csvOf(events: readonly ActivityEvent[]): string {
  const rows = events.map(event =>
    [
      event.eventTimestamp,
      event.operationName?.value,
      event.status?.value,
      faultOf(event)?.code,
      callerOf(event),
      event.caller,
      event.resourceId,
      event.correlationId,
      event.properties?.serviceRequestId,
    ]
      .map(cell)
      .join(','),
  )
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`
}

// What begins like a formula is text: a spreadsheet would compute it.
function cell(value: string | undefined): string {
  const text = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value}` : (value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
