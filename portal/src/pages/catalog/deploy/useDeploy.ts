// The change itself: subscribe where it is needed, then deploy, each followed to its end.

import { useState } from 'react'
import { api, askFor } from '../../../api/client'
import { operationOf } from '../../../api/operation'
import { type ApiProblem, asProblem } from '../../../api/problem'
import { forget, readAnew } from '../../../api/queryClient'
import type { ProjectPath } from '../useHere'
import { endpointBody, type Wanted } from './dryRun'

export type Step =
  | { at: 'form'; problem?: ApiProblem }
  /** What was asked for stays as it was, whatever the lists of the project say meanwhile. */
  | { at: 'subscribing' | 'deploying'; wanted: Wanted; address?: string }
  | { at: 'failed'; what: 'subscribing' | 'deploying'; wanted: Wanted; address: string }

/** Deploys, step by step; `onDone` when the endpoint is there. */
export function useDeploy(path: ProjectPath, onDone: (name: string) => void) {
  const [step, setStep] = useState<Step>({ at: 'form' })

  async function subscribe(wanted: Wanted, name: string) {
    setStep({ at: 'subscribing', wanted })
    const { response } = await askFor(
      api.PUT(
        '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/marketplaceSubscriptions/{name}',
        { params: { path: { ...path, name } }, body: { properties: { modelId: wanted.model.id } } },
      ),
    )
    const address = operationOf(response)
    if (address) setStep({ at: 'subscribing', wanted, address })
    else await deploy(wanted)
  }

  async function deploy(wanted: Wanted) {
    if (wanted.subscribeAs) {
      // Endpoints that lost their subscription answer again.
      forget(['endpoint'])
      void readAnew(['marketplaceSubscriptions'])
    }
    setStep({ at: 'deploying', wanted })
    const { response } = await askFor(
      api.PUT(
        '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}',
        { params: { path: { ...path, name: wanted.name } }, body: endpointBody(wanted) },
      ),
    )
    const address = operationOf(response)
    if (address) setStep({ at: 'deploying', wanted, address })
    else done(wanted.name)
  }

  function done(name: string) {
    void readAnew(['endpoints'])
    onDone(name)
  }

  function guarded(change: Promise<void>) {
    change.catch(error => setStep({ at: 'form', problem: asProblem(error) }))
  }

  return {
    step,
    start: (wanted: Wanted) => guarded(wanted.subscribeAs ? subscribe(wanted, wanted.subscribeAs) : deploy(wanted)),
    /** The step that is followed has come to its end. */
    next: () => {
      if (step.at === 'subscribing') guarded(deploy(step.wanted))
      else if (step.at !== 'form') done(step.wanted.name)
    },
    fail: () => {
      void readAnew(['endpoints'])
      if (step.at === 'form' || step.at === 'failed' || !step.address) return
      setStep({ at: 'failed', what: step.at, wanted: step.wanted, address: step.address })
    },
    back: () => setStep({ at: 'form' }),
  }
}
