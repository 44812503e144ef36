import { api, ask, type Schemas } from '../../../api/client'
import type { Endpoint } from '../useEndpoints'

/** An endpoint as the paths of the API name it. */
export interface Place {
  subscription: string
  group: string
  workspace: string
  name: string
}

export const ENDPOINT =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}'

/** What every part of the page gets. */
export interface PartProps {
  endpoint: Endpoint
  place: Place
}

/** The key under which everything about an endpoint is kept. */
export function keyOf(place: Place, ...more: unknown[]) {
  return ['endpoint', place, ...more]
}

/** The id of the project that an endpoint is in. */
export function projectOf(endpoint: Endpoint): string {
  return endpoint.id.slice(0, endpoint.id.toLowerCase().lastIndexOf('/serverlessendpoints/'))
}

/** Writes an endpoint anew: what the body does not name stays. Refused where somebody changed it meanwhile. */
export function putEndpoint(
  { endpoint, place }: PartProps,
  properties: NonNullable<Schemas['NewEndpoint']['properties']>,
) {
  const { modelSettings } = endpoint.properties
  return ask(
    api.PUT(ENDPOINT, {
      params: { path: place, header: endpoint.etag ? { 'If-Match': endpoint.etag } : {} },
      body: { location: endpoint.location, properties: { ...(modelSettings ? { modelSettings } : {}), ...properties } },
    }),
  )
}
