// What narrows the catalog. It is in the address, so that a choice can be sent to somebody and the way back finds it.

import { matches } from '../../components/dataTable'
import { type CatalogModel, isOffered, priceFor, priceOf, taskName } from './model'

export interface Facet {
  /** Its name in the address. */
  key: string
  title: string
  /** The values that a model has. */
  valuesOf: (model: CatalogModel) => readonly string[]
  nameOf?: (value: string) => string
  /** Does a model without any of the values fit all the same? */
  isEverywhere?: (model: CatalogModel) => boolean
  /** The name that it had in addresses, and which of the values there are its own. */
  before?: { key: string; values: readonly string[] }
}

const BANDS: Record<string, string> = {
  free: 'Free of charge',
  low: 'Prompt below 1 per 1M tokens',
  middle: 'Prompt 1 to 5 per 1M tokens',
  high: 'Prompt above 5 per 1M tokens',
  unit: 'By image, page or search',
}

const BACKENDS: Record<string, string> = { ready: 'Ready to deploy', backend: 'Needs a backend first' }

const OFFERS: Record<string, string> = { directly: 'Sold directly', partner: 'Through a subscription' }

// Addresses that were sent to somebody once may have both in one.
const BOTH = 'deployment'

/** The band of prices that a model is in. */
export function bandOf(model: CatalogModel): string {
  if (model.prices.every(price => price.microUnitsPerMillion === 0)) return 'free'
  const prompt = priceFor(model, 'prompt_tokens')
  if (!prompt) return 'unit'
  const { amount } = priceOf(prompt)
  return amount < 1 ? 'low' : amount <= 5 ? 'middle' : 'high'
}

export const FACETS: readonly Facet[] = [
  { key: 'collection', title: 'Collection', valuesOf: model => [model.registry] },
  { key: 'publisher', title: 'Publisher', valuesOf: model => [model.publisher] },
  { key: 'task', title: 'Task', valuesOf: model => [model.task], nameOf: taskName },
  {
    key: 'backend',
    title: 'Backend here',
    valuesOf: model => [model.binding ? 'ready' : 'backend'],
    nameOf: value => BACKENDS[value] ?? value,
    before: { key: BOTH, values: Object.keys(BACKENDS) },
  },
  {
    key: 'offer',
    title: 'Offer',
    valuesOf: model => [model.soldBy],
    nameOf: value => OFFERS[value] ?? value,
    before: { key: BOTH, values: Object.keys(OFFERS) },
  },
  { key: 'licence', title: 'Licence', valuesOf: model => [model.license] },
  {
    key: 'region',
    title: 'Region',
    valuesOf: model => model.deploymentRegions,
    isEverywhere: model => isOffered(model, ''),
  },
  {
    key: 'tuning',
    title: 'Fine-tuning',
    valuesOf: model => [model.fineTuningRegions.length > 0 ? 'yes' : 'no'],
    nameOf: value => (value === 'yes' ? 'Can be fine-tuned' : 'As it is'),
  },
  { key: 'price', title: 'Price', valuesOf: model => [bandOf(model)], nameOf: value => BANDS[value] ?? value },
]

export interface Choice {
  words: string
  /** The chosen values, by the key of the facet. */
  values: Readonly<Record<string, readonly string[]>>
}

const WORDS = 'search'

/** Reads the choice of an address. */
export function choiceIn(search: URLSearchParams): Choice {
  const values = Object.fromEntries(
    FACETS.map(({ key, before }) => {
      const old = before ? search.getAll(before.key).filter(value => before.values.includes(value)) : []
      return [key, [...new Set([...search.getAll(key), ...old])]]
    }),
  )
  return { words: search.get(WORDS) ?? '', values }
}

/** The address with this choice in the place of the one that it has. */
export function withChoice(search: URLSearchParams, choice: Choice): URLSearchParams {
  const next = new URLSearchParams(search)
  next.delete(WORDS)
  // Other models are looked at from the first one on.
  next.delete(SHOWN)
  if (choice.words) next.set(WORDS, choice.words)
  for (const { key, before } of FACETS) {
    next.delete(key)
    if (before) next.delete(before.key)
    for (const value of choice.values[key] ?? []) next.append(key, value)
  }
  return next
}

function fits(model: CatalogModel, facet: Facet, chosen: readonly string[]): boolean {
  if (chosen.length === 0) return true
  if (facet.isEverywhere?.(model)) return true
  return facet.valuesOf(model).some(value => chosen.includes(value))
}

function wordsOf(model: CatalogModel): string {
  return [model.displayName, model.name, model.publisher, model.registry, taskName(model.task), model.description].join(
    ' ',
  )
}

/** The models that fit: all words, and of each facet any of the chosen values. */
export function narrowed(models: readonly CatalogModel[], choice: Choice): readonly CatalogModel[] {
  return models.filter(
    model =>
      matches(wordsOf(model), choice.words) &&
      FACETS.every(facet => fits(model, facet, choice.values[facet.key] ?? [])),
  )
}

/** The values of a facet that can be chosen, each with how many models it has among those that the words and the other facets
 * leave. What is chosen stays there to be taken away. */
export function optionsOf(
  facet: Facet,
  models: readonly CatalogModel[],
  choice: Choice,
): { value: string; count: number }[] {
  const chosen = choice.values[facet.key] ?? []
  const left = narrowed(models, { ...choice, values: { ...choice.values, [facet.key]: [] } })
  const values = new Set([...models.flatMap(model => facet.valuesOf(model)), ...chosen])
  const counted = [...values]
    .map(value => ({ value, count: left.filter(model => fits(model, facet, [value])).length }))
    .filter(({ value, count }) => count > 0 || chosen.includes(value))
  const name = (value: string) => facet.nameOf?.(value) ?? value
  return counted.sort((one, other) => name(one.value).localeCompare(name(other.value)))
}

export const ORDERS = { ready: 'Ready to deploy first', name: 'Name', price: 'Price, lowest first' } as const
export type Order = keyof typeof ORDERS

const ORDER = 'order'
const USUAL: Order = 'ready'

/** The order that an address says. */
export function orderIn(search: URLSearchParams): Order {
  const order = search.get(ORDER)
  return order !== null && Object.hasOwn(ORDERS, order) ? (order as Order) : USUAL
}

/** The address with this order; the usual one is left out. */
export function withOrder(search: URLSearchParams, order: Order): URLSearchParams {
  const next = new URLSearchParams(search)
  if (order === USUAL) next.delete(ORDER)
  else next.set(ORDER, order)
  return next
}

/** So many are shown at once. */
export const CARDS_OF_PAGE = 48

const SHOWN = 'shown'

/** How many an address shows, in whole pages. */
export function shownIn(search: URLSearchParams): number {
  const shown = Number(search.get(SHOWN))
  return Number.isSafeInteger(shown) && shown > 0 ? Math.ceil(shown / CARDS_OF_PAGE) * CARDS_OF_PAGE : CARDS_OF_PAGE
}

/** The address with so many shown. */
export function withShown(search: URLSearchParams, shown: number): URLSearchParams {
  const next = new URLSearchParams(search)
  next.set(SHOWN, String(shown))
  return next
}

/** Models in order. */
export function ordered(models: readonly CatalogModel[], order: Order): readonly CatalogModel[] {
  const name = (one: CatalogModel, other: CatalogModel) => one.displayName.localeCompare(other.displayName)
  const rank = (model: CatalogModel) => {
    if (order === 'ready') return model.binding ? 0 : 1
    if (order === 'price') {
      const price = priceFor(model, 'prompt_tokens') ?? model.prices[0]
      // What is sold by other units cannot be compared with tokens and comes after them.
      return price ? price.microUnitsPerMillion + (price.unit === 'token' ? 0 : Number.MAX_SAFE_INTEGER / 2) : 0
    }
    return 0
  }
  return [...models].sort((one, other) => rank(one) - rank(other) || name(one, other))
}
