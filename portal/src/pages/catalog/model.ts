// What is read out of a model of the catalog.

import type { Schemas } from '../../api/client'
import { unitPrice } from '../../components/Money'

export type CatalogModel = Schemas['CatalogModel']
export type Price = CatalogModel['prices'][number]

const MICRO = 1_000_000
const MILLION = 1_000_000

const TASKS: Record<string, string> = {
  'chat-completion': 'Chat completion',
  completion: 'Completion',
  embedding: 'Embeddings',
  rerank: 'Rerank',
  'image-generation': 'Image generation',
  forecasting: 'Forecasting',
  'document-analysis': 'Document analysis',
}

/** `Chat completion` of `chat-completion`. */
export function taskName(task: string): string {
  return TASKS[task] ?? task
}

// The number of units that a price is told for: nobody buys a million pictures, and nobody a single token.
function sizeOf(price: Price): { units: number; words: string } {
  if (price.unit === 'token') return { units: MILLION, words: '1M tokens' }
  if (price.meter === 'images') return { units: 1, words: 'image' }
  return { units: 1000, words: `1,000 ${price.meter.replaceAll('_', ' ')}` }
}

/** What a price is, in its currency, for as many units as people speak of. */
export function priceOf(price: Price): { amount: number; currency: string; per: string } {
  const { units, words } = sizeOf(price)
  return { amount: (price.microUnitsPerMillion / MICRO / MILLION) * units, currency: price.currency, per: words }
}

/** The price of a meter, if it has one. */
export function priceFor(model: CatalogModel, meter: string): Price | undefined {
  return model.prices.find(price => price.meter === meter)
}

/** The price in one line, for a card. */
export function priceLine(model: CatalogModel): string {
  const [prompt, completion] = [priceFor(model, 'prompt_tokens'), priceFor(model, 'completion_tokens')]
  if (prompt) {
    const into = priceOf(prompt)
    const words = unitPrice(into.amount, into.currency)
    if (!completion) return `${words} per ${into.per}`
    const out = priceOf(completion)
    return `${words} in, ${unitPrice(out.amount, out.currency)} out per ${into.per}`
  }
  const first = model.prices[0]
  if (!first) return 'Free of charge'
  const { amount, currency, per } = priceOf(first)
  return `${unitPrice(amount, currency)} per ${per}`
}

/** `128K` of 131072. */
export function contextName(tokens: number): string {
  if (tokens >= MILLION) return `${trimmed(tokens / MILLION)}M`
  if (tokens < 1000) return String(tokens)
  // Powers of two are told in their own thousands; 128,000 is a multiple of both.
  return tokens % 1000 !== 0 && tokens % 1024 === 0 ? `${tokens / 1024}K` : `${trimmed(tokens / 1000)}K`
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

/** Can the model be deployed in this region? */
export function isOffered(model: CatalogModel, region: string): boolean {
  return model.deploymentRegions.length === 0 || model.deploymentRegions.includes(short(region))
}

/** `eastus2` of `East US 2`. */
export function short(region: string): string {
  return region.toLowerCase().replaceAll(' ', '')
}

/** Is this the model of that id? Ids may carry a version and are compared without case. */
export function isModel(model: CatalogModel, id: string | undefined): boolean {
  const plain = (id ?? '').toLowerCase().replace(/\/versions\/[^/]*$/, '')
  return plain === model.id.toLowerCase()
}

const countryNames = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' })

/** The name of a country of ISO 3166-1. */
export function countryName(code: string): string {
  try {
    return countryNames.of(code) ?? code
  } catch {
    return code
  }
}

/** The path of the model's page. */
export function pathOf(model: CatalogModel): string {
  return `/catalog/${encodeURIComponent(model.registry)}/${encodeURIComponent(model.name)}`
}
