import { useEffect, useState } from 'react'
import { type ApiProblem, asProblem, withheld } from '../../api/problem'
import { mayDo } from '../../api/roles'
import { usePermissions } from '../../api/useRights'
import { compileBicep, validate, type Wanted } from './send'
import { type Place, scopeOf } from './target'
import { type Complaint, languageOf, type Parameter, parameterBody, parametersOf, readJson } from './template'

// Long enough that nobody is told of a word that they are still typing.
const PAUSE_MS = 700

const VALIDATE = 'Microsoft.Resources/deployments/validate/action'

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
  const scope = place && scopeOf(place)
  const held = usePermissions(scope ?? '', scope !== undefined)
  // Where it cannot be learned, the server says it.
  const isKnown = held.data !== undefined || held.error !== null
  const isWithheld = held.data !== undefined && !mayDo(held.data, VALIDATE)
  const { refetch } = held

  // Another try may be one with another role.
  useEffect(() => {
    if (round > 0) void refetch()
  }, [round, refetch])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a round is another try
  useEffect(() => {
    if (text.trim() === '' || !subscription || !name) {
      setChecked(NOTHING)
      return
    }
    if (isWithheld) {
      // Asked while they type, every pause would leave a refusal in their name in the activity log.
      setChecked({ ...NOTHING, problem: withheld(VALIDATE, scopeOf({ subscription, group })) })
      return
    }
    setChecked(old => ({ ...old, state: 'checking', problem: undefined }))
    if (!isKnown) return
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
  }, [text, texts, subscription, group, name, mode, location, round, isKnown, isWithheld])
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
