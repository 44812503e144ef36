// The exact request as code, in the languages of its clients. No key is in it: each reads one from the environment.

import type { Sample } from '../../../components/CodeSample'
import type { Target } from './targets'

/** What a request asks for. */
export type What = 'chat' | 'completions' | 'embeddings' | 'forecast'

type Body = Record<string, unknown>

const RESOURCE = 'https://cognitiveservices.azure.com'

/** A request in every language that has a client for it. */
export function samplesOf(what: What, target: Target, route: string, body: Body): Sample[] {
  const samples = [{ language: 'curl', code: curl(target, route, body) }]
  if (what === 'forecast') return [...samples, { language: 'Python (nixtla)', code: nixtla(target, body) }]
  samples.push({ language: 'Python (openai)', code: openaiPython(what, target, body) })
  if (what !== 'completions')
    samples.push({ language: 'Python (azure-ai-inference)', code: inference(what, target, body) })
  samples.push({ language: 'JavaScript (openai)', code: openaiJavaScript(what, target, body) })
  return samples
}

/** How the environment gets the key or token that the code reads. */
export function credentialOf(target: Target): { variable: string; how: string } {
  if (target.ways.includes('key')) {
    return {
      variable: 'CUPOLA_KEY',
      how: `one of the two keys of ${target.kind === 'endpoint' ? target.name : target.owner.name}`,
    }
  }
  return {
    variable: 'CUPOLA_TOKEN',
    how: `the answer of: az account get-access-token --resource ${RESOURCE} --query accessToken -o tsv`,
  }
}

function curl(target: Target, route: string, body: Body): string {
  const { variable, how } = credentialOf(target)
  // In single quotes a shell reads nothing but the quote itself.
  const json = JSON.stringify(body, undefined, 2).replaceAll("'", "'\\''")
  const streams = body.stream === true ? ' -N' : ''
  return [
    `# ${variable}: ${how}`,
    `curl${streams} "${target.uri}${route}" \\`,
    `  -H "Authorization: Bearer $${variable}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${json}'`,
  ].join('\n')
}

function openaiPython(what: What, target: Target, body: Body): string {
  const { variable, how } = credentialOf(target)
  const call = { chat: 'chat.completions', completions: 'completions', embeddings: 'embeddings', forecast: '' }[what]
  const lines = [
    'import os',
    '',
    'from openai import OpenAI',
    '',
    `# ${variable}: ${how}`,
    `client = OpenAI(base_url=${python(`${target.uri}/openai/v1`)}, api_key=os.environ["${variable}"])`,
    `answer = client.${call}.create(`,
    ...keywords(body),
    ')',
  ]
  const piece = what === 'chat' ? 'part.choices[0].delta.content' : 'part.choices[0].text'
  if (what === 'embeddings') lines.push('print([item.embedding[:3] for item in answer.data])')
  else if (body.stream)
    lines.push('for part in answer:', '    if part.choices:', `        print(${piece} or "", end="", flush=True)`)
  else lines.push(`print(answer.choices[0].${what === 'chat' ? 'message.content' : 'text'})`)
  return lines.join('\n')
}

function inference(what: What, target: Target, body: Body): string {
  const { variable, how } = credentialOf(target)
  const isKey = variable === 'CUPOLA_KEY'
  const client = what === 'chat' ? 'ChatCompletionsClient' : 'EmbeddingsClient'
  const { stream_options: _, model, response_format: format, ...rest } = body
  // An endpoint has one model; only an account has to be told which.
  const told: Body = target.kind === 'deployment' ? { model, ...rest } : rest
  const schema = schemaOf(format)
  if (format && !schema) told.response_format = (format as Body).type
  const lines = ['import os', '', `from azure.ai.inference import ${client}`]
  if (schema) lines.push('from azure.ai.inference.models import JsonSchemaFormat')
  lines.push(
    isKey
      ? 'from azure.core.credentials import AzureKeyCredential'
      : 'from azure.identity import DefaultAzureCredential',
  )
  if (isKey) lines.push('', `# ${variable}: ${how}`)
  else lines.push('')
  lines.push(
    `client = ${client}(`,
    `    endpoint=${python(target.kind === 'deployment' ? `${target.uri}/models` : target.uri)},`,
    isKey
      ? `    credential=AzureKeyCredential(os.environ["${variable}"]),`
      : `    credential=DefaultAzureCredential(), credential_scopes=["${RESOURCE}/.default"],`,
    ')',
    `answer = client.${what === 'chat' ? 'complete' : 'embed'}(`,
    ...keywords(told),
    ...(schema ? [`    response_format=JsonSchemaFormat(name="answer", schema=${python(schema, 1)}),`] : []),
    ')',
  )
  if (what === 'embeddings') lines.push('print([item.embedding[:3] for item in answer.data])')
  else if (body.stream) {
    lines.push(
      'for part in answer:',
      '    if part.choices:',
      '        print(part.choices[0].delta.content or "", end="", flush=True)',
    )
  } else lines.push('print(answer.choices[0].message.content)')
  return lines.join('\n')
}

function schemaOf(format: unknown): unknown {
  const one = format as { json_schema?: { schema?: unknown } } | undefined
  return one?.json_schema?.schema
}

function openaiJavaScript(what: What, target: Target, body: Body): string {
  const { variable, how } = credentialOf(target)
  const call = { chat: 'chat.completions', completions: 'completions', embeddings: 'embeddings', forecast: '' }[what]
  const lines = [
    "import OpenAI from 'openai'",
    '',
    `// ${variable}: ${how}`,
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${target.uri}/openai/v1`)}, apiKey: process.env.${variable} })`,
    `const answer = await client.${call}.create(${JSON.stringify(body, undefined, 2)})`,
  ]
  const piece = what === 'chat' ? 'delta?.content' : 'text'
  if (what === 'embeddings') lines.push('console.log(answer.data.map(item => item.embedding.slice(0, 3)))')
  else if (body.stream)
    lines.push('for await (const part of answer) {', `  process.stdout.write(part.choices[0]?.${piece} ?? '')`, '}')
  else lines.push(`console.log(answer.choices[0].${what === 'chat' ? 'message.content' : 'text'})`)
  return lines.join('\n')
}

function nixtla(target: Target, body: Body): string {
  const { variable, how } = credentialOf(target)
  const series = (body.y ?? {}) as Record<string, number | null>
  return [
    'import os',
    '',
    'import pandas',
    'from nixtla import NixtlaClient',
    '',
    `# ${variable}: ${how}`,
    `client = NixtlaClient(base_url=${python(target.uri)}, api_key=os.environ["${variable}"])`,
    `series = ${python(series)}`,
    'frame = pandas.DataFrame({"ds": pandas.to_datetime(list(series)), "y": list(series.values())})',
    `print(client.forecast(frame, h=${python(body.fh)}, freq=${python(body.freq)}, level=${python(body.level)}))`,
  ].join('\n')
}

function keywords(body: Body): string[] {
  return Object.entries(body).map(([name, value]) => `    ${name}=${python(value, 1)},`)
}

/** A value as Python writes it. */
export function python(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const isList = Array.isArray(value)
  const parts = isList
    ? value.map(one => python(one, depth + 1))
    : Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${python(one, depth + 1)}`)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  const line = open + parts.join(', ') + close
  if (line.length <= 88 && !line.includes('\n')) return line
  const indent = '    '.repeat(depth + 1)
  return `${open}\n${parts.map(part => `${indent}${part},\n`).join('')}${'    '.repeat(depth)}${close}`
}
