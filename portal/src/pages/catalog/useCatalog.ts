import { useQuery } from '@tanstack/react-query'
import { api, ask } from '../../api/client'
import { useScope } from '../../app/scope/ScopeContext'
import type { CatalogModel } from './model'

const LASTS_MS = 60_000
const BACKEND_AGAIN_MS = 15_000

/** Every model that is offered here. */
export function useCatalog() {
  return useQuery({
    queryKey: ['catalog'],
    queryFn: async ({ signal }) =>
      (await ask(api.GET('/providers/Cupola.Catalog/models', { params: {}, signal }))).value,
    staleTime: LASTS_MS,
  })
}

/** How what serves a model is doing; asked only by those who may see it. */
export function useBinding(model: CatalogModel) {
  return useQuery({
    queryKey: ['binding', model.id],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/providers/Cupola.Catalog/registries/{registry}/bindings/{model}', {
          params: { path: { registry: model.registry, model: model.name } },
          signal,
        }),
      ),
    // Whoever may not see more is told the kind alone.
    enabled: Object.keys(model.binding ?? {}).length > 1,
    refetchInterval: BACKEND_AGAIN_MS,
  })
}

/** Regions with the names that people know them by; the short one where none is known. */
export function useRegionName(): (region: string) => string {
  const { names } = useScope()
  const subscription = names?.subscription
  const { data } = useQuery({
    queryKey: ['locations', subscription],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/subscriptions/{subscription}/locations', {
          params: { path: { subscription: subscription ?? '' } },
          signal,
        }),
      ),
    enabled: subscription !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return region => data?.value.find(one => one.name === region)?.displayName ?? region
}
