// What can be said of a template without asking anybody: its language, its parameters, and where complaints point.

export type Language = 'json' | 'bicep'

export interface Complaint {
  /** From 1; `undefined` where it is about no line. */
  line: number | undefined
  level: 'Error' | 'Warning' | 'Info'
  message: string
  code: string
  target: string
}

export interface Parameter {
  name: string
  type: string
  description: string
  allowed: readonly unknown[]
  hasDefault: boolean
  standard: unknown
}

/** JSON begins with a brace, behind comments; everything else is Bicep. */
export function languageOf(text: string): Language {
  const first = text.replace(/^\uFEFF?(\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/, '')[0]
  return first === '{' ? 'json' : 'bicep'
}

/** JSON as templates have it, with comments; `undefined` where it is none. */
export function readJson(text: string): Record<string, unknown> | undefined {
  const plain = text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, part => (part[0] === '"' ? part : ' '))
  try {
    const value: unknown = JSON.parse(plain.replace(/^\uFEFF/, ''))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The parameters that a template declares. */
export function parametersOf(template: Record<string, unknown> | undefined): Parameter[] {
  if (!isObject(template?.parameters)) return []
  return Object.entries(template.parameters).flatMap(([name, declared]) => {
    if (!isObject(declared)) return []
    const metadata = isObject(declared.metadata) ? declared.metadata : {}
    return [
      {
        name,
        type: String(declared.type ?? 'string').toLowerCase(),
        description: typeof metadata.description === 'string' ? metadata.description : '',
        allowed: Array.isArray(declared.allowedValues) ? declared.allowedValues : [],
        hasDefault: 'defaultValue' in declared,
        standard: declared.defaultValue,
      },
    ]
  })
}

/** What was typed, as the type of the parameter; `Error` with the rule where it is not of that type. */
export function typed(parameter: Parameter, text: string): unknown {
  const { type } = parameter
  if (type === 'int') {
    const value = Number(text)
    return Number.isSafeInteger(value) && text.trim() !== '' ? value : new Error('A whole number, such as 10')
  }
  if (type === 'bool') return text === 'true'
  if (type === 'array' || type.endsWith('object')) {
    try {
      const value: unknown = JSON.parse(text)
      if (Array.isArray(value) === (type === 'array') && typeof value === 'object' && value !== null) return value
    } catch {
      // Told below.
    }
    return new Error(type === 'array' ? 'A list in JSON, such as ["a", "b"]' : 'An object in JSON, such as {"a": 1}')
  }
  return text
}

/** The parameters of a request; what was left empty is the template's own business. */
export function parameterBody(parameters: readonly Parameter[], texts: Readonly<Record<string, string>>) {
  const body: Record<string, { value: unknown }> = {}
  for (const parameter of parameters) {
    const text = texts[parameter.name] ?? ''
    if (text === '') continue
    const value = typed(parameter, text)
    if (!(value instanceof Error)) body[parameter.name] = { value }
  }
  return body
}

/** Values of a parameter file, as they are typed; `undefined` where it is none. */
export function textsOfFile(file: Record<string, unknown> | undefined): Record<string, string> | undefined {
  if (!isObject(file?.parameters) || 'resources' in file) return undefined
  const texts: Record<string, string> = {}
  for (const [name, given] of Object.entries(file.parameters)) {
    if (!isObject(given) || !('value' in given)) continue
    texts[name] = typeof given.value === 'string' ? given.value : JSON.stringify(given.value)
  }
  return texts
}

const PLACE = /\b[Ll]ine '?(\d+)'?(?:,| and) column '?\d+'?/

/** The refusal of a template as complaints, each once, with its line where it has one. */
export function complaintsOf(body: unknown): Complaint[] {
  const found = new Map<string, Complaint>()
  const visit = (value: unknown) => {
    if (!isObject(value)) return
    const details = Array.isArray(value.details) ? value.details : []
    if (details.length > 0) {
      for (const detail of details) visit(detail)
      return
    }
    const message = String(value.message ?? 'This is not valid.')
      .replace(/^Line \d+, column \d+: /, '')
      .replace(/^Deployment template (?:validation|parse) failed: '([\s\S]*)'\.$/, '$1')
    const line = PLACE.exec(String(value.message ?? ''))?.[1]
    const complaint: Complaint = {
      line: line ? Number(line) : undefined,
      level: 'Error',
      message,
      code: String(value.code ?? ''),
      target: typeof value.target === 'string' ? value.target : '',
    }
    found.set(`${complaint.line} ${message}`, complaint)
  }
  visit(isObject(body) && isObject(body.error) ? body.error : body)
  return [...found.values()].sort((one, other) => (one.line ?? 1e9) - (other.line ?? 1e9))
}

/** `deployment-20261121-103000`, as a name that nobody has used. */
export function newName(now: Date): string {
  return `deployment-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`
}
