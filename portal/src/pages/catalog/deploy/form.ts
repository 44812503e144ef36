import type { CatalogModel } from '../model'
import { limitOf, nameFault, type Wanted } from './dryRun'

/** What is typed and chosen. */
export interface Form {
  name: string
  contentSafety: boolean
  tokensPerMinute: string
  requestsPerMinute: string
  hasAccepted: boolean
}

export interface Around {
  model: CatalogModel
  project: string
  region: string
  /** The name for a subscription that has to be made first. */
  subscribeAs: string | undefined
  /** The endpoints of the project. */
  taken: readonly string[]
}

/** The form as a change, where it is whole. The terms are not part of it: they are asked for before anything is done. */
export function wantedOf(form: Form, around: Around): Wanted | undefined {
  const [tokens, requests] = [limitOf(form.tokensPerMinute), limitOf(form.requestsPerMinute)]
  if (nameFault(form.name, around.taken) !== undefined || tokens === null || requests === null) return undefined
  return {
    project: around.project,
    region: around.region,
    name: form.name,
    model: around.model,
    subscribeAs: around.subscribeAs,
    contentSafety: form.contentSafety,
    tokensPerMinute: tokens,
    requestsPerMinute: requests,
  }
}

/** A name for the subscription that no other of the project has. */
export function freeName(stem: string, taken: readonly string[]): string {
  const known = new Set(taken.map(one => one.toLowerCase()))
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}-${number}`
    if (!known.has(name)) return name
  }
}
