import { Text, tokens } from '@fluentui/react-components'
import { CopyButton } from '../../components/CopyButton'
import type { Column } from '../../components/DataTable'
import { PageLink } from '../../components/PageLink'
import { EndpointState, stateOf } from './EndpointState'
import { modelName } from './modelName'
import { amounts, compact, count } from './numbers'
import type { Endpoint } from './useEndpoints'
import type { Today } from './useToday'

type AllToday = ReadonlyMap<string, Today>

const NOTHING: Today = { requests: 0, tokens: 0, costs: new Map() }

const COLUMNS: readonly Column<Endpoint>[] = [
  {
    id: 'name',
    title: 'Name',
    show: endpoint => (
      <Text weight="semibold">
        <PageLink to={`/endpoints/${endpoint.name}`}>{endpoint.name}</PageLink>
      </Text>
    ),
    sortBy: endpoint => endpoint.name,
    breaks: true,
  },
  {
    id: 'state',
    title: 'State',
    show: endpoint => <EndpointState endpoint={endpoint} />,
    sortBy: endpoint => stateOf(endpoint).word,
  },
  {
    id: 'model',
    title: 'Model',
    show: endpoint => <Model id={endpoint.properties.modelSettings?.modelId} />,
    sortBy: endpoint => modelName(endpoint.properties.modelSettings?.modelId).model,
  },
  {
    id: 'region',
    title: 'Region',
    show: endpoint => endpoint.location,
    sortBy: endpoint => endpoint.location,
    narrow: 'hidden',
  },
  {
    id: 'uri',
    title: 'Target URI',
    show: endpoint => <TargetUri uri={endpoint.properties.inferenceEndpoint?.uri} />,
    breaks: true,
    narrow: 'hidden',
  },
]

/** The columns of the list; what happened today is a dash while it is not known. */
export function columnsWith(today: AllToday | undefined): readonly Column<Endpoint>[] {
  const of = (endpoint: Endpoint) => today && (today.get(endpoint.name.toLowerCase()) ?? NOTHING)
  const number = (
    id: string,
    title: string,
    value: (today: Today) => number,
    text: (today: Today) => string,
  ): Column<Endpoint> => ({
    id,
    title,
    kind: 'number',
    narrow: 'hidden',
    show: endpoint => {
      const known = of(endpoint)
      return known ? text(known) : '–'
    },
    sortBy: endpoint => {
      const known = of(endpoint)
      return known && value(known)
    },
  })
  const costs = (of: Today) => [...of.costs.values()].reduce((sum, cost) => sum + cost, 0)
  return [
    ...COLUMNS.slice(0, 4),
    number(
      'requests',
      'All requests today',
      of => of.requests,
      of => count(of.requests),
    ),
    number(
      'tokens',
      'Tokens today',
      of => of.tokens,
      of => compact(of.tokens),
    ),
    number('cost', 'Cost today', costs, of => amounts(of.costs)),
    ...COLUMNS.slice(4),
  ]
}

function Model({ id }: { id: string | undefined }) {
  const { model, registry } = modelName(id)
  return (
    <span>
      {model}
      {registry && (
        <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
          {registry}
        </Text>
      )}
    </span>
  )
}

function TargetUri({ uri }: { uri: string | undefined }) {
  if (!uri) return <span>–</span>
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', columnGap: 4, direction: 'ltr' }}>
      <Text font="monospace" size={200}>
        {uri}
      </Text>
      <CopyButton text={uri} label="Copy the target URI" />
    </span>
  )
}
