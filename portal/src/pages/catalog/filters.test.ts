import { expect, test } from 'vitest'
import {
  bandOf,
  choiceIn,
  FACETS,
  narrowed,
  optionsOf,
  ordered,
  orderIn,
  shownIn,
  withChoice,
  withOrder,
  withShown,
} from './filters'
import { aModel } from './fixture.test-model'

const CHEAP = aModel({ id: 'a', displayName: 'Zeta', binding: null })
const DEAR = aModel({
  id: 'b',
  displayName: 'Alpha',
  publisher: 'Other',
  soldBy: 'partner',
  deploymentRegions: ['eastus2'],
  fineTuningRegions: ['eastus2'],
  prices: [{ meter: 'prompt_tokens', unit: 'token', microUnitsPerMillion: 15_000_000, currency: 'USD' }],
})
const IMAGE = aModel({
  id: 'c',
  displayName: 'Pictures',
  task: 'image-generation',
  prices: [{ meter: 'images', unit: 'image', microUnitsPerMillion: 40_000, currency: 'USD' }],
})
const ALL = [CHEAP, DEAR, IMAGE]

function check(query: string, ids: string) {
  expect(
    narrowed(ALL, choiceIn(new URLSearchParams(query)))
      .map(model => model.id)
      .join(''),
    query,
  ).toBe(ids)
}

test('values of one facet add up, those of different facets narrow', () => {
  check('', 'abc')
  check('search=ALPHA', 'b')
  check('search=handbook+pictures', 'c')
  check('publisher=Other', 'b')
  check('publisher=Other&publisher=Acme', 'abc')
  check('publisher=Acme&task=image-generation', 'c')
  check('backend=ready', 'bc')
  check('offer=partner', 'b')
  check('offer=directly', 'ac')
  check('backend=ready&offer=directly', 'c')
  check('backend=ready&backend=backend&offer=directly', 'ac')
  check('tuning=yes', 'b')
  check('price=high&price=unit', 'bc')
  check('task=forecasting', '')
})

test('what is offered everywhere is offered in each region', () => {
  check('region=eastus2', 'abc')
  check('region=swedencentral', 'ac')
})

test('a choice is read from the address that it wrote, and leaves the rest of it alone', () => {
  const choice = { words: 'two words', values: { publisher: ['Other', 'A&B'], task: ['rerank'] } }
  const written = withChoice(new URLSearchParams('subscription=s&publisher=Old'), choice)
  expect(written.get('subscription')).toBe('s')
  const read = choiceIn(new URLSearchParams(written.toString()))
  expect(read.words).toBe('two words')
  expect(read.values).toMatchObject({ publisher: ['Other', 'A&B'], task: ['rerank'], region: [] })
})

test('prices fall into bands', () => {
  expect(ALL.map(bandOf)).toEqual(['low', 'high', 'unit'])
  expect(bandOf(aModel({ prices: [] }))).toBe('free')
})

test('addresses that have backend and offer in one are still read, and written anew', () => {
  check('deployment=ready', 'bc')
  check('deployment=partner', 'b')
  check('deployment=ready&deployment=directly', 'c')
  const old = new URLSearchParams('deployment=ready&deployment=partner')
  expect(withChoice(old, choiceIn(old)).toString()).toBe('backend=ready&offer=partner')
})

function options(key: string, query = '') {
  const facet = FACETS.find(one => one.key === key)
  const counted = facet ? optionsOf(facet, ALL, choiceIn(new URLSearchParams(query))) : []
  return counted.map(({ value, count }) => `${value} ${count}`)
}

test('options say how many models fit each', () => {
  expect(options('publisher')).toEqual(['Acme 2', 'Other 1'])
  expect(options('region')).toEqual(['eastus2 3'])
})

test('options count what the words and the other filters leave, and what is chosen stays', () => {
  expect(options('publisher', 'backend=backend')).toEqual(['Acme 1'])
  expect(options('publisher', 'search=alpha')).toEqual(['Other 1'])
  expect(options('publisher', 'publisher=Other'), 'its own values add up').toEqual(['Acme 2', 'Other 1'])
  expect(options('publisher', 'backend=backend&publisher=Other')).toEqual(['Acme 1', 'Other 0'])
  expect(options('offer', 'backend=ready')).toEqual(['directly 1', 'partner 1'])
})

test('models are ordered by what can be deployed, by name, or by price', () => {
  const ids = (order: 'ready' | 'name' | 'price') => ordered(ALL, order).map(model => model.id)
  expect(ids('ready')).toEqual(['b', 'c', 'a'])
  expect(ids('name')).toEqual(['b', 'c', 'a'])
  expect(ids('price')).toEqual(['a', 'b', 'c'])
  expect(
    ordered([DEAR, aModel({ id: 'd', displayName: 'Beta', binding: null }), IMAGE], 'ready').map(one => one.id),
  ).toEqual(['b', 'c', 'd'])
})

test('the order and how many are shown are in the address, and another choice begins at the first model', () => {
  const address = (text: string) => new URLSearchParams(text)
  expect([orderIn(address('')), orderIn(address('order=toString')), orderIn(address('order=price'))]).toEqual([
    'ready',
    'ready',
    'price',
  ])
  expect(withOrder(address('task=rerank'), 'name').toString()).toBe('task=rerank&order=name')
  expect(withOrder(address('order=name'), 'ready').toString()).toBe('')
  expect(['', 'shown=96', 'shown=97', 'shown=-1', 'shown=x'].map(text => shownIn(address(text)))).toEqual([
    48, 96, 144, 48, 48,
  ])
  const more = withShown(address('order=name'), 96)
  expect(more.toString()).toBe('order=name&shown=96')
  expect(withChoice(more, { words: 'a', values: {} }).toString()).toBe('order=name&search=a')
})
