import { Text } from '@fluentui/react-components'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { call } from '../../../api/call'
import { api, askFor } from '../../../api/client'
import { metricsOf, seriesOf, sumOf } from '../../../api/metrics'
import { readAnew } from '../../../api/queryClient'
import { useToasts } from '../../../app/toasts'
import { ConfirmDialog } from '../../../components/ConfirmDialog'
import { DAY_MS } from '../../../time'
import { count } from '../numbers'
import { type Dependents, dependentsOf } from './dependents'
import { ENDPOINT, keyOf, type PartProps, projectOf } from './place'

interface Props extends PartProps {
  open: boolean
  onClose: () => void
}

/** Asks before an endpoint is deleted, and names what stops with it. */
export function DeleteEndpoint({ endpoint, place, open, onClose }: Props) {
  const say = useToasts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const dependents = useQuery({
    queryKey: keyOf(place, 'dependents'),
    queryFn: ({ signal }) => readDependents({ endpoint, place }, signal),
    enabled: open,
    staleTime: 0,
  })

  async function remove() {
    await askFor(api.DELETE(ENDPOINT, { params: { path: place } }))
    await readAnew(['endpoints'])
    say('success', `${endpoint.name} is deleted`)
    navigate('/endpoints')
    queries.removeQueries({ queryKey: keyOf(place) })
  }

  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={`Delete the endpoint ${endpoint.name}?`}
      action="Delete endpoint"
      typed={endpoint.name}
      onConfirm={remove}
    >
      <Text as="p" block style={{ marginBlock: 0 }}>
        Its address, both keys, its limits and its content filter policies are gone at once, and the name is free for
        anybody. What it was charged stays in usage and cost.
      </Text>
      {dependents.data ? (
        <Named dependents={dependents.data} />
      ) : (
        !dependents.error && (
          <Text as="p" block style={{ marginBlock: '8px 0' }}>
            Looking for what depends on it …
          </Text>
        )
      )}
      {dependents.error && (
        <Text as="p" block style={{ marginBlock: '8px 0' }}>
          What depends on it could not be looked for.
        </Text>
      )}
    </ConfirmDialog>
  )
}

function Named({ dependents }: { dependents: Dependents }) {
  const { connections, guards, requests, hidden } = dependents
  const isFree = connections.length === 0 && guards.length === 0 && !requests
  return (
    <>
      {isFree && hidden.length === 0 && (
        <Text as="p" block style={{ marginBlock: '8px 0' }}>
          Nothing in this project depends on it.
        </Text>
      )}
      {!isFree && (
        <>
          <Text as="p" block weight="semibold" style={{ marginBlock: '8px 4px' }}>
            This stops working:
          </Text>
          <ul style={{ marginBlock: 0 }}>
            {requests ? <li>clients that made {count(requests)} requests in the last 24 hours</li> : null}
            {connections.map(name => (
              <li key={`connection ${name}`}>the connection {name}, which leads here</li>
            ))}
            {guards.map(name => (
              <li key={`guard ${name}`}>the safety provider {name}, whose guard model this is</li>
            ))}
          </ul>
        </>
      )}
      {hidden.length > 0 && (
        <Text as="p" block size={200} style={{ marginBlock: '8px 0' }}>
          You may not see {hidden.join(' and ')}, so there may be more.
        </Text>
      )}
    </>
  )
}

// What may not be seen is said, and keeps nobody from deleting.
async function readDependents({ endpoint, place }: PartProps, signal: AbortSignal): Promise<Dependents> {
  const to = new Date()
  const project = projectOf(endpoint)
  const providers = `/subscriptions/${place.subscription}/providers/Microsoft.CognitiveServices/raiExternalSafetyProviders`
  const [requests, connections, guards] = await Promise.allSettled([
    metricsOf(
      endpoint.id,
      { names: ['Requests'], from: new Date(to.getTime() - DAY_MS), to, interval: 'FULL' },
      signal,
    ).then(metrics => seriesOf(metrics, 'Requests').reduce((sum, series) => sum + sumOf(series), 0)),
    call<{ value: { name: string; properties: { target?: string } }[] }>(`${project}/connections`, signal),
    call<{ value: { name: string; properties: { deploymentId?: string } }[] }>(providers, signal),
  ])
  return dependentsOf(endpoint, {
    requests: requests.status === 'fulfilled' ? requests.value : undefined,
    connections: connections.status === 'fulfilled' ? connections.value.value : undefined,
    guards: guards.status === 'fulfilled' ? guards.value.value : undefined,
  })
}
