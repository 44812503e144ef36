import { StateBadge, type Tone } from '../../components/StateBadge'
import type { Endpoint } from './useEndpoints'

/** The state of an endpoint: whether it answers, and while it does not, what is being done. */
export function stateOf(endpoint: Endpoint): { word: string; tone: Tone } {
  const { provisioningState, endpointState } = endpoint.properties
  if (provisioningState === 'Failed') return { word: 'Failed', tone: 'bad' }
  if (provisioningState !== 'Succeeded') return { word: provisioningState, tone: 'busy' }
  if (endpointState === 'Online') return { word: 'Online', tone: 'good' }
  if (endpointState === 'Suspended') return { word: 'Suspended', tone: 'off' }
  return { word: endpointState ?? 'Unknown', tone: endpointState ? 'bad' : 'off' }
}

export function EndpointState({ endpoint }: { endpoint: Endpoint }) {
  const { word, tone } = stateOf(endpoint)
  return <StateBadge tone={tone}>{word}</StateBadge>
}
