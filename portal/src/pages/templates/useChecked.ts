import { useEffect, useState } from 'react'
import { type ApiProblem, asProblem } from '../../api/problem'
import { compileBicep, validate, type Wanted } from './send'
import type { Place } from './target'
import { type Complaint, languageOf, type Parameter, parameterBody, parametersOf, readJson } from './template'

// Long enough that nobody is told of a word that they are still typing.
const PAUSE_MS = 700

export interface Checked {
  state: 'checking' | 'checked' | undefined
  complaints: readonly Complaint[]
  problem: ApiProblem | undefined
  parameters: readonly Parameter[]
  /** What is sent; `undefined` while there is nothing that could be. */
  template: unknown
}

const NOTHING: Checked = {
  state: undefined,
  complaints: [],
  problem: undefined,
  parameters: [],
  template: undefined,
}

/** Checks a template as it is typed: Bicep by the compiler, and what comes of it by the server. */
export function useChecked(
  text: string,
  texts: Readonly<Record<string, string>>,
  place: Place | undefined,
  { mode, location }: Pick<Wanted, 'mode' | 'location'>,
  round: number,
): Checked {
  const [checked, setChecked] = useState(NOTHING)
  const { subscription, group, name } = place ?? {}

  // biome-ignore lint/correctness/useExhaustiveDependencies: a round is another try
  useEffect(() => {
    if (text.trim() === '' || !subscription || !name) {
      setChecked(NOTHING)
      return
    }
    setChecked(old => ({ ...old, state: 'checking', problem: undefined }))
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const found = await check(text, texts, { subscription, group, name }, { mode, location }, stop.signal)
        if (!stop.signal.aborted) setChecked(found)
      } catch (error) {
        if (!stop.signal.aborted) setChecked(old => ({ ...old, state: undefined, problem: asProblem(error) }))
      }
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [text, texts, subscription, group, name, mode, location, round])
  return checked
}

async function check(
  text: string,
  texts: Readonly<Record<string, string>>,
  place: Place,
  how: Pick<Wanted, 'mode' | 'location'>,
  signal: AbortSignal,
): Promise<Checked> {
  const isBicep = languageOf(text) === 'bicep'
  const source = isBicep ? await compileBicep(text, signal) : { template: text, complaints: [] }
  const { template } = source
  if (template === undefined) return { ...NOTHING, state: 'checked', complaints: source.complaints }
  const parameters = parametersOf(isBicep ? (template as Record<string, unknown>) : readJson(text))
  const refused = await validate(place, { template, parameters: parameterBody(parameters, texts), ...how }, signal)
  // Lines of what Bicep became are nobody's lines.
  const complaints = [...source.complaints, ...(isBicep ? refused.map(one => ({ ...one, line: undefined })) : refused)]
  return { state: 'checked', complaints, problem: undefined, parameters, template }
}
