// What an endpoint and its keys may spend in a minute, and what is left of it.

import type { Schemas } from '../../../../api/client'
import { dimensionOf, type Metrics, seriesOf, sumOf } from '../../../../api/metrics'

export type Limits = Schemas['EndpointLimits']

/** As it is published for every endpoint. */
export const PUBLISHED = { tokensPerMinute: 200_000, requestsPerMinute: 1000 }

export type Holder = 'endpoint' | 'primary' | 'secondary'

export interface Rate {
  tokensPerMinute?: number | undefined
  requestsPerMinute?: number | undefined
}

/** The limits of each; those of a key are undefined where it has none. */
export function ratesOf(limits: Limits | undefined): Record<Holder, Rate> {
  return {
    endpoint: {
      tokensPerMinute: limits?.tokensPerMinute ?? PUBLISHED.tokensPerMinute,
      requestsPerMinute: limits?.requestsPerMinute ?? PUBLISHED.requestsPerMinute,
    },
    primary: limits?.keys?.primary ?? {},
    secondary: limits?.keys?.secondary ?? {},
  }
}

export type Draft = Record<Holder, { tokens: string; requests: string }>

/** The limits as fields of a form: empty where nothing was said. */
export function draftOf(limits: Limits | undefined): Draft {
  const of = (rate: Rate | undefined) => ({
    tokens: rate?.tokensPerMinute?.toString() ?? '',
    requests: rate?.requestsPerMinute?.toString() ?? '',
  })
  return { endpoint: of(limits), primary: of(limits?.keys?.primary), secondary: of(limits?.keys?.secondary) }
}

/** Why a field cannot be a limit. */
export function complaintOf(text: string): string | undefined {
  if (text.trim() === '') return undefined
  if (!/^\d+$/.test(text.trim())) return 'A whole number.'
  const value = Number(text)
  if (value < 1) return 'At least 1: a limit of 0 would let nothing through.'
  return value > 0xffff_ffff ? 'At most 4,294,967,295.' : undefined
}

/** The limits that a form says; `null` where it says nothing, which takes them away. */
export function limitsOf(draft: Draft): Limits | null {
  const rate = ({ tokens, requests }: { tokens: string; requests: string }) => ({
    ...(tokens.trim() ? { tokensPerMinute: Number(tokens) } : {}),
    ...(requests.trim() ? { requestsPerMinute: Number(requests) } : {}),
  })
  const [primary, secondary] = [rate(draft.primary), rate(draft.secondary)]
  const keys = {
    ...(Object.keys(primary).length > 0 ? { primary } : {}),
    ...(Object.keys(secondary).length > 0 ? { secondary } : {}),
  }
  const whole = { ...rate(draft.endpoint), ...(Object.keys(keys).length > 0 ? { keys } : {}) }
  return Object.keys(whole).length > 0 ? whole : null
}

export interface Used {
  tokens: number
  requests: number
}

/** What was taken in the minute that an answer is about: in all, and by each key. */
export function usedOf(metrics: Metrics | undefined): Record<Holder, Used> | undefined {
  if (!metrics) return undefined
  const used = { endpoint: none(), primary: none(), secondary: none() }
  for (const series of seriesOf(metrics, 'TotalTokens')) {
    const key = dimensionOf(series, 'Key')
    const holders: Holder[] = key === 'primary' || key === 'secondary' ? ['endpoint', key] : ['endpoint']
    for (const holder of holders) {
      used[holder].tokens += sumOf(series, 'total')
      used[holder].requests += sumOf(series, 'count')
    }
  }
  return used
}

function none(): Used {
  return { tokens: 0, requests: 0 }
}
