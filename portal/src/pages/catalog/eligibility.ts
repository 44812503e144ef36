// May this model be deployed in this project? Each rule by itself, with what to do where it is not met. The server decides;
// this says beforehand what it will say, and a dry run of the change (dryRun.ts) finds what is not foreseen here.

import { mayDo, type Permission } from '../../api/roles'
import { type CatalogModel, countryName, isOffered } from './model'

export interface Circumstances {
  project: string
  /** The resource id of the project. */
  scope: string
  region: string
  regionName: (region: string) => string
  billingCountry: string | undefined
  isSubscribed: boolean
  /** What the person may do in the project; `undefined` where it is not known. */
  permissions: readonly Permission[] | undefined
  person: string
}

export interface Check {
  rule: string
  /** `later`: it is done on the way. */
  state: 'met' | 'unmet' | 'later' | 'unknown'
  says: string
  fix?: string
  /** The command that does it. */
  code?: string
}

const ENDPOINT_WRITE = 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write'
const SUBSCRIPTION_WRITE = 'Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/write'

/** Every rule for deploying the model there, in the order in which a person would meet them. */
export function checks(model: CatalogModel, here: Circumstances): readonly Check[] {
  const all = [regionCheck(model, here), backendCheck(model)]
  if (model.soldBy === 'partner') all.push(countryCheck(model, here), subscriptionCheck(model, here))
  all.push(rightsCheck(model, here))
  return all
}

function regionCheck(model: CatalogModel, here: Circumstances): Check {
  const rule = 'Region'
  const name = here.regionName(here.region)
  if (isOffered(model, here.region))
    return { rule, state: 'met', says: `${here.project} is in ${name}, where it is offered.` }
  const offered = model.deploymentRegions.map(here.regionName)
  return {
    rule,
    state: 'unmet',
    says: `An endpoint is in the region of its project. ${here.project} is in ${name}; the model is offered in ${list(offered)}.`,
    fix: 'Choose a project there above, or make one:',
    code: `cupola ml workspace create --kind project -n NAME -g GROUP -l ${model.deploymentRegions[0] ?? ''}`,
  }
}

function backendCheck(model: CatalogModel): Check {
  const rule = 'Backend'
  if (model.binding) return { rule, state: 'met', says: 'Something serves this model here.' }
  return {
    rule,
    state: 'unmet',
    says: 'Nothing serves this model here yet.',
    fix: 'Ask the operator of this server to bind it to a model file, another API, or, to try it out, the simulator:',
    code: `cupola catalog bind ${model.id} --simulator`,
  }
}

function countryCheck(model: CatalogModel, here: Circumstances): Check {
  const rule = 'Billing country'
  const country = here.billingCountry
  if (!country) return { rule, state: 'unknown', says: 'You may not see in which country the subscription is billed.' }
  if (here.isSubscribed || model.offerCountries.includes(country)) {
    return { rule, state: 'met', says: `The offer is sold to ${countryName(country)}.` }
  }
  return {
    rule,
    state: 'unmet',
    says: `${model.publisher} sells the offer in ${model.offerCountries.length} countries, and ${countryName(country)}, where this subscription is billed, is not one of them.`,
    fix: 'Choose a project of a subscription that is billed in one of them. They are listed on the page of the model.',
  }
}

function subscriptionCheck(model: CatalogModel, here: Circumstances): Check {
  const rule = 'Subscription to the offer'
  return here.isSubscribed
    ? { rule, state: 'met', says: `${here.project} is subscribed to it.` }
    : { rule, state: 'later', says: `Made for ${here.project} when you accept the terms of ${model.publisher}.` }
}

function rightsCheck(model: CatalogModel, here: Circumstances): Check {
  const rule = 'Your rights'
  const needed = [ENDPOINT_WRITE]
  if (model.soldBy === 'partner' && !here.isSubscribed) needed.push(SUBSCRIPTION_WRITE)
  const { permissions } = here
  if (!permissions) return { rule, state: 'unknown', says: 'What you may do here could not be found out.' }
  const missing = needed.filter(action => !mayDo(permissions, action))
  if (missing.length === 0) return { rule, state: 'met', says: 'You may deploy models in this project.' }
  return {
    rule,
    state: 'unmet',
    says: `It takes ${list(missing)} on ${here.project}, and no role that you hold there has it.`,
    fix: 'Ask an administrator for a role that does:',
    code: `cupola role assignment create --assignee ${here.person} --role 'Azure AI Developer' --scope ${here.scope}`,
  }
}

/** `a, b and c`. */
export function list(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(words)
}
