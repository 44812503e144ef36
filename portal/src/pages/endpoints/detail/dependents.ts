// What stops working when an endpoint is deleted.

import type { Endpoint } from '../useEndpoints'

export interface Dependents {
  connections: readonly string[]
  guards: readonly string[]
  requests: number | undefined
  /** What the person may not see. */
  hidden: readonly string[]
}

interface Known {
  requests: number | undefined
  connections: readonly { name: string; properties: { target?: string } }[] | undefined
  guards: readonly { name: string; properties: { deploymentId?: string } }[] | undefined
}

/** Connections that lead to the endpoint, safety providers whose guard it is, and how much it was used. */
export function dependentsOf(endpoint: Endpoint, known: Known): Dependents {
  const uri = endpoint.properties.inferenceEndpoint?.uri
  const hidden = [
    ...(known.requests === undefined ? ['how much it is used'] : []),
    ...(known.connections === undefined ? ["the project's connections"] : []),
    ...(known.guards === undefined ? ["the subscription's safety providers"] : []),
  ]
  return {
    connections: (known.connections ?? []).filter(one => leadsTo(one.properties.target, uri)).map(one => one.name),
    guards: (known.guards ?? [])
      .filter(one => one.properties.deploymentId?.toLowerCase() === endpoint.id.toLowerCase())
      .map(one => one.name),
    requests: known.requests,
    hidden,
  }
}

// A target may go on behind the address, as clients want it: /v1, /chat/completions.
function leadsTo(target: string | undefined, uri: string | undefined): boolean {
  if (!target || !uri) return false
  const [plain, wanted] = [target.toLowerCase(), uri.toLowerCase()]
  return plain === wanted || plain.startsWith(`${wanted}/`)
}
