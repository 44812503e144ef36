import { Text, tokens } from '@fluentui/react-components'
import { CopyButton } from '../../components/CopyButton'
import type { Column } from '../../components/DataTable'
import { Time } from '../../components/Time'
import { EndpointState, stateOf } from './EndpointState'
import { modelName } from './modelName'
import type { Endpoint } from './useEndpoints'

export const COLUMNS: readonly Column<Endpoint>[] = [
  {
    id: 'name',
    title: 'Name',
    show: endpoint => <Text weight="semibold">{endpoint.name}</Text>,
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
  {
    id: 'created',
    title: 'Created',
    show: endpoint => <Time at={endpoint.systemData?.createdAt} />,
    sortBy: endpoint => endpoint.systemData?.createdAt,
    narrow: 'hidden',
  },
]

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
