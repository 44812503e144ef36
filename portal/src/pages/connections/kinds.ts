// What can be connected, and what each way of signing in takes; the server has the same table.

/** The kinds that are asked for most; the server takes any other by its name too. */
export const CATEGORIES: readonly { name: string; words: string }[] = [
  { name: 'Serverless', words: 'Serverless endpoint' },
  { name: 'AzureOpenAI', words: 'Azure OpenAI' },
  { name: 'AIServices', words: 'AI services account' },
  { name: 'OpenAI', words: 'OpenAI' },
  { name: 'ApiKey', words: 'Anything with an API key' },
  { name: 'CustomKeys', words: 'Anything with several keys' },
  { name: 'CognitiveSearch', words: 'Search' },
  { name: 'AzureBlob', words: 'Blob storage' },
  { name: 'ContainerRegistry', words: 'Container registry' },
  { name: 'Git', words: 'Git repository' },
  { name: 'PostgreSql', words: 'PostgreSQL' },
  { name: 'Redis', words: 'Redis' },
]

export interface Way {
  name: string
  words: string
  required: readonly string[]
  optional: readonly string[]
}

export const WAYS: readonly Way[] = [
  { name: 'ApiKey', words: 'API key', required: ['key'], optional: [] },
  { name: 'AAD', words: 'As the person who uses it', required: [], optional: [] },
  { name: 'None', words: 'Without signing in', required: [], optional: [] },
  { name: 'PAT', words: 'Personal access token', required: ['pat'], optional: [] },
  { name: 'ManagedIdentity', words: 'Managed identity', required: [], optional: ['clientId', 'resourceId'] },
  {
    name: 'UsernamePassword',
    words: 'User name and password',
    required: ['username'],
    optional: ['password', 'securityToken'],
  },
  { name: 'AccessKey', words: 'Access key', required: ['accessKeyId', 'secretAccessKey'], optional: [] },
  { name: 'SAS', words: 'Shared access signature', required: ['sas'], optional: [] },
  {
    name: 'ServicePrincipal',
    words: 'Service principal',
    required: ['clientId', 'clientSecret', 'tenantId'],
    optional: [],
  },
  { name: 'CustomKeys', words: 'Keys of your own', required: ['keys'], optional: [] },
  { name: 'AccountKey', words: 'Account key', required: ['key'], optional: [] },
]

/** Is this no secret, so that it may be read while it is typed? */
export function isPlain(field: string): boolean {
  return ['clientId', 'resourceId', 'tenantId', 'username', 'accessKeyId'].includes(field)
}

/** The ways that clients of a kind can read. */
export function waysOf(category: string): readonly Way[] {
  if (category === 'Serverless') return WAYS.filter(way => way.name === 'ApiKey')
  if (category === 'CustomKeys') return WAYS.filter(way => way.name === 'CustomKeys')
  return WAYS
}

/** `key` as `Key`, `clientId` as `Client id`. */
export function wordsOfField(field: string): string {
  const words = field.replace(/([A-Z])/g, ' $1').toLowerCase()
  if (field === 'pat') return 'Personal access token'
  if (field === 'sas') return 'Signature'
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Reads lines of `name=value`; says which line is none. */
export function readKeys(text: string): { keys: Record<string, string>; wrong?: string } {
  const keys: Record<string, string> = {}
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const at = line.indexOf('=')
    const name = line.slice(0, Math.max(at, 0)).trim()
    if (name === '') return { keys, wrong: line.trim() }
    keys[name] = line.slice(at + 1).trim()
  }
  return { keys }
}

/** Every secret of what was answered, by name; those of an object by their own names. */
export function secretsOf(credentials: Readonly<Record<string, unknown>> | null | undefined): [string, string][] {
  return Object.entries(credentials ?? {}).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'string') return [[name, value]]
    if (typeof value === 'object' && value !== null) return secretsOf(value as Record<string, unknown>)
    return []
  })
}
