import { Text, tokens } from '@fluentui/react-components'
import { pageOf } from '../../app/scope/pageOf'
import { type Column, DataTable } from '../../components/DataTable'
import { PageLink } from '../../components/PageLink'
import { Time } from '../../components/Time'
import { RunState, secondsOf } from './RunState'
import type { Step } from './send'
import { isObject } from './template'

const COLUMNS: readonly Column<Step>[] = [
  {
    id: 'resource',
    title: 'Resource',
    show: step => <Resource step={step} />,
    sortBy: step => step.properties.targetResource?.resourceName,
    breaks: true,
  },
  {
    id: 'what',
    title: 'What',
    show: step => step.properties.provisioningOperation ?? '–',
    sortBy: step => step.properties.provisioningOperation,
    narrow: 'hidden',
  },
  {
    id: 'state',
    title: 'State',
    show: step => <RunState state={step.properties.provisioningState} />,
    sortBy: step => step.properties.provisioningState,
  },
  {
    id: 'duration',
    title: 'Duration',
    kind: 'number',
    show: step => `${secondsOf(step.properties.duration)} s`,
    sortBy: step => secondsOf(step.properties.duration),
    narrow: 'hidden',
  },
  {
    id: 'time',
    title: 'Last change',
    show: step => <Time at={step.properties.timestamp} />,
    sortBy: step => step.properties.timestamp,
    narrow: 'hidden',
  },
]

const WHY: Column<Step> = { id: 'why', title: 'Message', show: step => messageOf(step), breaks: true }

/** The steps of a deployment. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  const columns = steps.some(messageOf) ? [...COLUMNS, WHY] : COLUMNS
  return <DataTable label="steps" rows={steps} columns={columns} keyOf={step => step.operationId} />
}

function Resource({ step }: { step: Step }) {
  const { resourceName, resourceType } = step.properties.targetResource ?? {}
  const page = madeAt(step)
  const name = resourceName ?? 'The deployment'
  return (
    <span>
      <Text weight="semibold">{page ? <PageLink to={page}>{name}</PageLink> : name}</Text>
      {resourceType && (
        <Text size={200} block style={{ color: tokens.colorNeutralForeground3 }}>
          {resourceType}
        </Text>
      )}
    </span>
  )
}

// Where what it made is seen; what failed or was deleted is nowhere.
function madeAt(step: Step): string | undefined {
  const { provisioningOperation, provisioningState, targetResource } = step.properties
  if (provisioningState !== 'Succeeded' || provisioningOperation === 'Delete') return undefined
  return pageOf(targetResource?.id ?? '')
}

function messageOf(step: Step): string {
  const told = step.properties.statusMessage
  if (!isObject(told) || !isObject(told.error)) return ''
  return `${String(told.error.message ?? '')} (${String(told.error.code ?? '')})`
}
