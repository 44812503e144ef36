// What a person may set for a chat, and what that becomes in a request.

export interface Settings {
  system: string
  /** Numbers as they are typed; empty means that the model's own default holds. */
  temperature: string
  topP: string
  maxTokens: string
  seed: string
  /** One in each line. */
  stop: string
  format: 'text' | 'json_object' | 'json_schema'
  schema: string
  tools: string
  stream: boolean
}

export const START: Settings = {
  system: '',
  temperature: '',
  topP: '',
  maxTokens: '',
  seed: '',
  stop: '',
  format: 'text',
  schema: '',
  tools: '',
  stream: true,
}

export type Faults = Partial<Record<keyof Settings, string>>

const STOPS_MAX = 4

/** What of the settings goes into a request, and what is wrong with them. A request is sent only where nothing is. */
export function parametersOf(settings: Settings): { parameters: Record<string, unknown>; faults: Faults } {
  const parameters: Record<string, unknown> = {}
  const faults: Faults = {}
  const number = (field: 'temperature' | 'topP' | 'maxTokens' | 'seed', name: string, rule: Rule) => {
    const text = settings[field].trim()
    if (text === '') return
    const value = Number(text)
    const wrong = !Number.isFinite(value) || value < rule.min || value > rule.max
    if (wrong || (rule.whole && !Number.isInteger(value))) faults[field] = rule.says
    else parameters[name] = value
  }
  number('temperature', 'temperature', { min: 0, max: 2, says: 'A number from 0 to 2.' })
  number('topP', 'top_p', { min: 0, max: 1, says: 'A number from 0 to 1.' })
  number('maxTokens', 'max_tokens', { min: 1, max: 1e9, whole: true, says: 'A whole number from 1 on.' })
  const [min, max] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  number('seed', 'seed', { min, max, whole: true, says: 'A whole number.' })
  const stops = settings.stop.split('\n').filter(line => line !== '')
  if (stops.length > STOPS_MAX) faults.stop = `At most ${STOPS_MAX}, one in each line.`
  else if (stops.length > 0) parameters.stop = stops
  if (settings.format === 'json_object') parameters.response_format = { type: 'json_object' }
  if (settings.format === 'json_schema') {
    const schema = readJson(settings.schema)
    if ('fault' in schema) faults.schema = schema.fault
    else if (typeof schema.value !== 'object' || schema.value === null || Array.isArray(schema.value)) {
      faults.schema = 'A JSON schema is an object: { "type": "object", … }.'
    } else {
      parameters.response_format = { type: 'json_schema', json_schema: { name: 'answer', schema: schema.value } }
    }
  }
  if (settings.tools.trim() !== '') {
    const tools = readJson(settings.tools)
    if ('fault' in tools) faults.tools = tools.fault
    else if (!Array.isArray(tools.value)) faults.tools = 'A list of tools: [ { "type": "function", … } ].'
    else if (tools.value.length > 0) parameters.tools = tools.value
  }
  return { parameters, faults }
}

interface Rule {
  min: number
  max: number
  whole?: boolean
  says: string
}

function readJson(text: string): { value: unknown } | { fault: string } {
  if (text.trim() === '') return { fault: 'Some JSON is wanted here.' }
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}
