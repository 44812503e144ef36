// What can be asked: the endpoints of a project, and the deployments of accounts, as one list.

import type { Schemas } from '../../../api/client'
import { namesOfId } from '../../../app/scope/scope'
import { modelName } from '../../endpoints/modelName'

const TASKS = ['chat-completion', 'completion', 'embedding', 'forecasting'] as const

export type Task = (typeof TASKS)[number]

/** Has the playground a page for it? Unknown models are asked for anything. */
export function isPlayed(task: string | undefined): boolean {
  return task === undefined || TASKS.some(one => one === task)
}

/** How a target lets somebody in: with a key, or with a token of the person who asks. */
export type Way = 'key' | 'token'

/** Something that answers. */
export interface Target {
  /** The id of the resource. */
  id: string
  kind: 'endpoint' | 'deployment'
  name: string
  /** What a person reads: `hello`, `lab / chat`. */
  label: string
  /** The name to give as the model. */
  model: string
  /** What the model is called in the catalog. */
  modelShown: string
  /** What the model is for, as the catalog says; unknown models are asked for anything. */
  task: string | undefined
  region: string | undefined
  /** The address that a client is given. */
  uri: string
  /** Tried in this order. */
  ways: readonly Way[]
  /** Whose keys open it, by path. */
  owner: { subscription: string; group: string; workspace?: string; name: string }
  prices: readonly Schemas['CatalogPrice'][]
  /** Why it does not answer, in a word; `undefined` where it does. */
  unready: string | undefined
}

type Endpoint = Schemas['Endpoint']
type Account = Schemas['Account']
type Deployment = Schemas['AccountDeployment']
type Model = Schemas['CatalogModel']

// A token says who asked and is no secret to be copied, so where both are taken it goes first.
const WAYS: Record<Endpoint['properties']['authMode'], readonly Way[]> = {
  Key: ['key'],
  AAD: ['token'],
  KeyAndAAD: ['token', 'key'],
}

/** An endpoint as a target. */
export function ofEndpoint(endpoint: Endpoint, models: readonly Model[]): Target {
  const { authMode, modelSettings, inferenceEndpoint, provisioningState, endpointState } = endpoint.properties
  const model = models.find(one => one.id.toLowerCase() === modelSettings?.modelId.toLowerCase())
  const ids = namesOfId(endpoint.id)
  const workspace = /\/workspaces\/([^/]+)\//i.exec(endpoint.id)?.[1]
  const isUp = provisioningState === 'Succeeded' && endpointState === 'Online' && inferenceEndpoint !== undefined
  return {
    id: endpoint.id,
    kind: 'endpoint',
    name: endpoint.name,
    label: endpoint.name,
    model: endpoint.name,
    modelShown: model?.displayName ?? modelName(modelSettings?.modelId).model,
    task: model?.task,
    region: endpoint.location,
    uri: trimmed(inferenceEndpoint?.uri ?? ''),
    ways: WAYS[authMode],
    owner: {
      subscription: ids.subscription ?? '',
      group: ids.group ?? '',
      name: endpoint.name,
      ...(workspace ? { workspace } : {}),
    },
    prices: model?.prices ?? [],
    unready: isUp ? undefined : provisioningState === 'Succeeded' ? (endpointState ?? 'Unknown') : provisioningState,
  }
}

/** A deployment of an account as a target. */
export function ofDeployment(account: Account, deployment: Deployment, models: readonly Model[]): Target {
  const { name } = deployment.properties.model
  const { deploymentState, provisioningState } = deployment.properties
  // A deployment names its model without the registry; names are the publishers' own and seldom meet.
  const model = models.find(one => one.name.toLowerCase() === name.toLowerCase())
  const ids = namesOfId(account.id)
  const isUp = provisioningState === 'Succeeded' && (deploymentState ?? 'Running') === 'Running'
  return {
    id: deployment.id,
    kind: 'deployment',
    name: deployment.name,
    label: `${account.name} / ${deployment.name}`,
    model: deployment.name,
    modelShown: model?.displayName ?? name,
    task: model?.task,
    region: account.location,
    uri: trimmed(account.properties.endpoint ?? ''),
    ways: account.properties.disableLocalAuth ? ['token'] : ['token', 'key'],
    owner: { subscription: ids.subscription ?? '', group: ids.group ?? '', name: account.name },
    prices: model?.prices ?? [],
    unready: isUp ? undefined : provisioningState === 'Succeeded' ? deploymentState : provisioningState,
  }
}

/** Can it be asked for this? Of a model that no catalog knows nobody can say, so it can. */
export function does(target: Target, task: Task): boolean {
  if (target.task === undefined) return task !== 'forecasting' || target.kind === 'endpoint'
  // Every chat model goes on with a text as well.
  if (task === 'completion') return target.task === 'completion' || target.task === 'chat-completion'
  // The routes of forecasts stand on endpoints alone.
  return target.task === task && (task !== 'forecasting' || target.kind === 'endpoint')
}

function trimmed(uri: string): string {
  return uri.replace(/\/+$/, '')
}
