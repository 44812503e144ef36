// The server's own word, beforehand: the change as a template that is validated. The resource manager puts what the
// template has and undoes it, so everything that would refuse the change refuses it here, names that others took included.

import type { CatalogModel } from '../model'

export interface Wanted {
  project: string
  region: string
  name: string
  model: CatalogModel
  /** The name of the subscription to make first; without it there is one, or none is needed. */
  subscribeAs: string | undefined
  contentSafety: boolean
  tokensPerMinute: number | undefined
  requestsPerMinute: number | undefined
}

const VERSION = '2024-10-01'
const KIND = 'Microsoft.MachineLearningServices/workspaces'

/** The body that makes the endpoint. */
export function endpointBody(wanted: Wanted) {
  const limits = {
    ...(wanted.tokensPerMinute === undefined ? {} : { tokensPerMinute: wanted.tokensPerMinute }),
    ...(wanted.requestsPerMinute === undefined ? {} : { requestsPerMinute: wanted.requestsPerMinute }),
  }
  return {
    location: wanted.region,
    sku: { name: 'Consumption' },
    properties: {
      authMode: 'Key' as const,
      modelSettings: { modelId: wanted.model.id },
      contentSafety: { contentSafetyStatus: wanted.contentSafety ? ('Enabled' as const) : ('Disabled' as const) },
      ...(Object.keys(limits).length > 0 ? { rateLimits: limits } : {}),
    },
  }
}

/** The change as a template. */
export function templateOf(wanted: Wanted) {
  const offer = wanted.subscribeAs && {
    type: `${KIND}/marketplaceSubscriptions`,
    apiVersion: VERSION,
    name: `${wanted.project}/${wanted.subscribeAs}`,
    properties: { modelId: wanted.model.id },
  }
  const endpoint = {
    type: `${KIND}/serverlessEndpoints`,
    apiVersion: VERSION,
    name: `${wanted.project}/${wanted.name}`,
    ...endpointBody(wanted),
    ...(offer ? { dependsOn: [`[resourceId('${offer.type}', '${wanted.project}', '${wanted.subscribeAs}')]`] } : {}),
  }
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    resources: offer ? [offer, endpoint] : [endpoint],
  }
}

export interface Complaint {
  code: string
  message: string
}

interface Detail {
  code?: unknown
  message?: unknown
  details?: unknown
}

/** What a refusal says in the end: the innermost of what is wrapped, each once. */
export function complaintsOf(body: unknown): readonly Complaint[] {
  const found = new Map<string, Complaint>()
  const visit = (detail: Detail, depth: number) => {
    const inner = Array.isArray(detail.details) && depth < 8 ? (detail.details as Detail[]) : []
    for (const one of inner) visit(one, depth + 1)
    if (inner.length === 0 && typeof detail.message === 'string') {
      const code = typeof detail.code === 'string' ? detail.code : ''
      found.set(detail.message, { code, message: detail.message })
    }
  }
  const error = (body as { error?: Detail } | undefined)?.error
  if (error) visit(error, 0)
  return [...found.values()]
}

/** Is this complaint about the name? It is shown where the name is typed. */
export function isAboutName(complaint: Complaint): boolean {
  return /\bendpoint name '[^']*' is not (available|valid)/i.test(complaint.message)
}

const NAME = /^[a-zA-Z][a-zA-Z0-9-]{0,51}$/

/** Why a name cannot be one of an endpoint; `undefined` where it can. */
export function nameFault(name: string, taken: readonly string[]): string | undefined {
  if (name === '') return 'An endpoint needs a name: it becomes a part of its address.'
  if (!NAME.test(name)) return 'Use a letter, then at most 51 letters, digits and hyphens.'
  if (taken.some(one => one.toLowerCase() === name.toLowerCase())) {
    return `This project has an endpoint ${name} already. Choose another name.`
  }
  return undefined
}

/** A name for an endpoint of this model that the project does not have yet. */
export function suggestedName(model: CatalogModel, taken: readonly string[]): string {
  const plain = model.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const stem = /^[a-z]/.test(plain) ? plain : `model-${plain}`
  const short = stem.slice(0, 46).replaceAll(/^-+|-+$/g, '')
  const known = new Set(taken.map(one => one.toLowerCase()))
  for (let number = 1; ; number++) {
    const name = number === 1 ? short : `${short}-${number}`
    if (!known.has(name)) return name
  }
}

/** Reads a limit: `undefined` for none, `null` for what is no limit. */
export function limitOf(text: string): number | undefined | null {
  const plain = text.trim()
  if (plain === '') return undefined
  const number = Number(plain)
  return /^[0-9]+$/.test(plain) && number >= 1 && number <= 4_294_967_295 ? number : null
}
