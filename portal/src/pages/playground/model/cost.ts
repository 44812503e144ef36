// What an answer cost, by the prices of the catalog.

import type { Schemas } from '../../../api/client'
import { money } from '../../../components/Money'

/** What an answer says that it used, in OpenAI's shape. */
export interface Usage {
  prompt_tokens?: number
  completion_tokens?: number
  total_tokens?: number
  prompt_tokens_details?: { cached_tokens?: number }
  completion_tokens_details?: { reasoning_tokens?: number }
}

const MICRO = 1e6
const PRICED_BY = 1e6

/** An amount, and its currency. `undefined` where the model has no price for tokens. */
export function costOf(
  usage: Usage,
  prices: readonly Schemas['CatalogPrice'][],
): { amount: number; currency: string } | undefined {
  const currency = prices[0]?.currency
  if (currency === undefined) return undefined
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0
  const prompt = usage.prompt_tokens ?? 0
  const completion = usage.completion_tokens ?? 0
  // The meters count disjoint classes of tokens.
  const counts: Record<string, number> = {
    prompt_tokens: Math.max(0, prompt - cached),
    cached_prompt_tokens: cached,
    completion_tokens: Math.max(0, completion - reasoning),
    reasoning_tokens: reasoning,
    requests: 1,
  }
  let amount = 0
  for (const price of prices) {
    amount += ((counts[price.meter] ?? 0) * price.microUnitsPerMillion) / MICRO / PRICED_BY
  }
  return { amount, currency }
}

/** What something cost, in words; empty where that is not known. */
export function costText(usage: Usage, prices: readonly Schemas['CatalogPrice'][]): string[] {
  const cost = costOf(usage, prices)
  return cost ? [money(cost.amount, cost.currency)] : []
}
