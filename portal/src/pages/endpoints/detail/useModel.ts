import { useQuery } from '@tanstack/react-query'
import { call } from '../../../api/call'

/** A model of the catalog, as far as this page needs it. */
export interface CatalogModel {
  id: string
  name: string
  registry: string
  displayName: string
  publisher: string
  task: string
  license: string
  soldBy: 'partner' | 'directly'
  contextTokens: number
  prices: readonly { meter: string; unit: string; microUnitsPerMillion: number; currency: string }[]
  binding: null | {
    kind: string
    status?: readonly { name: string; breaker: string; lastError?: string | null }[]
  }
}

// The binding of a model may change while the page is open.
const AGAIN_MS = 30_000

/** The model of an endpoint; `null` where the catalog does not have it any more. */
export function useModel(id: string | undefined) {
  return useQuery({
    queryKey: ['catalog', 'models'],
    queryFn: ({ signal }) =>
      call<{ value: CatalogModel[] }>('/providers/Cupola.Catalog/models', signal).then(page => page.value),
    select: models => models.find(one => one.id.toLowerCase() === id?.toLowerCase()) ?? null,
    enabled: id !== undefined,
    refetchInterval: AGAIN_MS,
  })
}

/** `$0.10 for a million prompt tokens`: what a person reads of a price. */
export function pricesOf(model: CatalogModel): { meter: string; amount: number; currency: string }[] {
  const classes = new Set(model.prices.map(price => price.meter))
  return model.prices
    .filter(price => price.microUnitsPerMillion > 0)
    .filter(price => !sameAsTheirClass(price.meter, model, classes))
    .map(price => ({
      meter: `1M ${price.meter.replaceAll('_', ' ')}`,
      amount: price.microUnitsPerMillion / 1e6,
      currency: price.currency,
    }))
}

// Cached tokens mostly cost what the others cost; then one line says both.
function sameAsTheirClass(meter: string, model: CatalogModel, meters: ReadonlySet<string>): boolean {
  const plain = { cached_prompt_tokens: 'prompt_tokens', reasoning_tokens: 'completion_tokens' }[meter]
  if (!plain || !meters.has(plain)) return false
  const of = (name: string) => model.prices.find(price => price.meter === name)?.microUnitsPerMillion
  return of(meter) === of(plain)
}
