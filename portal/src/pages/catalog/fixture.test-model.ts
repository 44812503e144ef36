import type { CatalogModel } from './model'

/** A model for tests, different in what a test is about. */
export function aModel(more: Partial<CatalogModel> = {}): CatalogModel {
  return {
    id: 'azureml://registries/acme/models/house-chat',
    registry: 'acme',
    name: 'house-chat',
    displayName: 'House Chat',
    publisher: 'Acme',
    version: '3',
    task: 'chat-completion',
    license: 'MIT',
    description: 'Answers questions about our handbook.',
    soldBy: 'directly',
    offerCountries: [],
    terms: '',
    deploymentRegions: [],
    fineTuningRegions: [],
    contextTokens: 8192,
    prices: [
      { meter: 'prompt_tokens', unit: 'token', microUnitsPerMillion: 150_000, currency: 'USD' },
      { meter: 'completion_tokens', unit: 'token', microUnitsPerMillion: 600_000, currency: 'USD' },
    ],
    preview: false,
    binding: { kind: 'engine' },
    ...more,
  }
}
