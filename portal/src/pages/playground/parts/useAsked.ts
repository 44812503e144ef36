import { useEffect, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '../../../api/problem'
import { useKept } from '../../../components/useKept'
import { askTarget } from '../model/send'
import type { Target } from '../model/targets'

export interface Asking {
  target: Target
  route: string
  body: Record<string, unknown>
}

export interface Found<T> {
  request: Asking
  answer: T
  ms: number
}

/** A request whose answer comes whole; the last answer is kept over navigation. */
export function useAsked<T>(name: string) {
  const [found, setFound] = useKept<Found<T> | undefined>(`${name}.found`, undefined)
  const [problem, setProblem] = useState<ApiProblem>()
  const [isBusy, setBusy] = useState(false)
  const controller = useRef<AbortController>(undefined)
  useEffect(() => () => controller.current?.abort(), [])

  const ask = async (request: Asking) => {
    controller.current?.abort()
    const mine = new AbortController()
    controller.current = mine
    setBusy(true)
    setProblem(undefined)
    const beganAt = performance.now()
    try {
      const got = await askTarget(request.target, request.route, request.body, mine.signal)
      const answer = (await got.json()) as T
      setFound({ request, answer, ms: performance.now() - beganAt })
    } catch (error) {
      if (!mine.signal.aborted) setProblem(asProblem(error))
    } finally {
      if (controller.current === mine) setBusy(false)
    }
  }
  return { found, problem, isBusy, ask, stop: () => controller.current?.abort() }
}
