// The code that asks an endpoint, for the clients that people have. Keys come from a variable, never into the text.

import type { Sample } from '../../../components/CodeSample'

export interface Asked {
  uri: string
  model: string
  /** `chat-completion`, `embedding`, `rerank`, `completion`, `image-generation`, `forecasting`. */
  task: string
  authMode: 'Key' | 'AAD' | 'KeyAndAAD'
  subscription: string
  group: string
  workspace: string
  name: string
}

const KEY = 'CUPOLA_KEY'
/** What tokens of this server are asked for. */
const SCOPE = 'https://ml.azure.com/.default'

/** The variables that the samples read, as a shell sets them. */
export function preparation(asked: Asked): string {
  const lines = ['eval "$(cupola env)"   # where this server is, and the certificate that it is trusted by']
  if (asked.authMode === 'AAD') {
    lines.push(`export ${KEY}="$(az account get-access-token --scope ${SCOPE} --query accessToken -o tsv)"`)
  } else {
    lines.push(
      `export ${KEY}="$(cupola ml serverless-endpoint get-credentials -g ${asked.group} -w ${asked.workspace} -n ${asked.name} --query primaryKey -o tsv)"`,
    )
  }
  return lines.join('\n')
}

/** Samples for what the model does, the plainest first. */
export function samplesOf(asked: Asked): Sample[] {
  const { task } = asked
  if (task === 'embedding') return [curl(asked, '/embeddings', EMBED), ...embeddings(asked), machineLearning(asked)]
  if (task === 'rerank') return [curl(asked, '/v2/rerank', rank(asked)), cohere(asked), machineLearning(asked)]
  if (task === 'forecasting') return [curl(asked, '/v2/forecast', FORECAST), nixtla(asked), machineLearning(asked)]
  if (task === 'completion')
    return [curl(asked, '/v1/completions', COMPLETE), ...completions(asked), machineLearning(asked)]
  if (task === 'image-generation') return [curl(asked, '/v1/images/generations', PICTURE), machineLearning(asked)]
  return [curl(asked, '/chat/completions', CHAT), ...chats(asked), machineLearning(asked)]
}

const QUESTION = 'What is Cupola?'
const CHAT = `{"messages": [{"role": "user", "content": "${QUESTION}"}]}`
const EMBED = '{"input": ["a cat", "a dog", "a tax return"]}'
const COMPLETE = '{"prompt": "Once upon a time", "max_tokens": 60}'
const PICTURE = '{"prompt": "a dome above a town at dawn"}'
const FORECAST = '{"freq": "D", "h": 3, "model": "timegpt-1", "series": {"y": [3, 5, 4, 6, 5, 7, 6], "sizes": [7]}}'

function rank(asked: Asked): string {
  return `{"model": "${asked.model}", "query": "a pet", "documents": ["a cat", "a tax return"]}`
}

function curl(asked: Asked, path: string, body: string): Sample {
  const code = `curl --cacert "$SSL_CERT_FILE" "${asked.uri}${path}" \\
    -H "Authorization: Bearer $${KEY}" \\
    -H "Content-Type: application/json" \\
    -d '${body}'`
  return { language: 'curl', code }
}

// A token is a key that ends: the clients that take a text take either.
function inferenceCredential(asked: Asked): { imports: string; credential: string; more: string } {
  if (asked.authMode !== 'AAD') {
    return {
      imports: 'import os\n\nfrom azure.core.credentials import AzureKeyCredential',
      credential: `AzureKeyCredential(os.environ["${KEY}"])`,
      more: '',
    }
  }
  return {
    imports: 'from azure.identity import DefaultAzureCredential',
    credential: 'DefaultAzureCredential()',
    more: `, credential_scopes=["${SCOPE}"]`,
  }
}

function chats(asked: Asked): Sample[] {
  const { imports, credential, more } = inferenceCredential(asked)
  return [
    {
      language: 'azure-ai-inference',
      code: `${imports}
from azure.ai.inference import ChatCompletionsClient

client = ChatCompletionsClient(endpoint="${asked.uri}", credential=${credential}${more})
answer = client.complete(messages=[{"role": "user", "content": "${QUESTION}"}])
print(answer.choices[0].message.content)`,
    },
    {
      language: 'openai (Python)',
      code: `import os

from openai import OpenAI

client = OpenAI(base_url="${asked.uri}/v1", api_key=os.environ["${KEY}"])
stream = client.chat.completions.create(
    model="${asked.model}", messages=[{"role": "user", "content": "${QUESTION}"}], stream=True
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="", flush=True)`,
    },
    {
      language: 'openai (JavaScript)',
      code: `import OpenAI from 'openai'

const client = new OpenAI({ baseURL: '${asked.uri}/v1', apiKey: process.env.${KEY} })
const stream = await client.chat.completions.create({
  model: '${asked.model}',
  messages: [{ role: 'user', content: '${QUESTION}' }],
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')`,
    },
    {
      language: 'LangChain',
      code: `import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(base_url="${asked.uri}/v1", api_key=os.environ["${KEY}"], model="${asked.model}")
print(model.invoke("${QUESTION}").content)`,
    },
  ]
}

function embeddings(asked: Asked): Sample[] {
  const { imports, credential, more } = inferenceCredential(asked)
  return [
    {
      language: 'azure-ai-inference',
      code: `${imports}
from azure.ai.inference import EmbeddingsClient

client = EmbeddingsClient(endpoint="${asked.uri}", credential=${credential}${more})
answer = client.embed(input=["a cat", "a dog", "a tax return"])
print([len(item.embedding) for item in answer.data])`,
    },
    {
      language: 'openai (Python)',
      code: `import os

from openai import OpenAI

client = OpenAI(base_url="${asked.uri}/v1", api_key=os.environ["${KEY}"])
answer = client.embeddings.create(model="${asked.model}", input=["a cat", "a dog", "a tax return"])
print([len(item.embedding) for item in answer.data])`,
    },
    {
      language: 'openai (JavaScript)',
      code: `import OpenAI from 'openai'

const client = new OpenAI({ baseURL: '${asked.uri}/v1', apiKey: process.env.${KEY} })
const answer = await client.embeddings.create({ model: '${asked.model}', input: ['a cat', 'a dog', 'a tax return'] })
console.log(answer.data.map(item => item.embedding.length))`,
    },
    {
      language: 'LangChain',
      code: `import os

from langchain_openai import OpenAIEmbeddings

# The tokens of other models than OpenAI's are not counted on this side.
model = OpenAIEmbeddings(
    base_url="${asked.uri}/v1", api_key=os.environ["${KEY}"], model="${asked.model}", check_embedding_ctx_length=False
)
print(len(model.embed_query("a cat")))`,
    },
  ]
}

function completions(asked: Asked): Sample[] {
  const code = `import os

from openai import OpenAI

client = OpenAI(base_url="${asked.uri}/v1", api_key=os.environ["${KEY}"])
answer = client.completions.create(model="${asked.model}", prompt="Once upon a time", max_tokens=60)
print(answer.choices[0].text)`
  return [{ language: 'openai (Python)', code }]
}

function cohere(asked: Asked): Sample {
  const code = `import os

import cohere

client = cohere.ClientV2(base_url="${asked.uri}", api_key=os.environ["${KEY}"])
answer = client.rerank(model="${asked.model}", query="a pet", documents=["a cat", "a tax return"])
print([(result.index, result.relevance_score) for result in answer.results])`
  return { language: 'cohere', code }
}

function nixtla(asked: Asked): Sample {
  const code = `import os

import pandas
from nixtla import NixtlaClient

days = pandas.date_range("2026-01-01", periods=84, freq="D")
data = pandas.DataFrame({"ds": days, "y": [10 + day.dayofweek for day in days]})
client = NixtlaClient(base_url="${asked.uri}", api_key=os.environ["${KEY}"])
print(client.forecast(df=data, h=14, freq="D", level=[80, 95]))`
  return { language: 'nixtla', code }
}

function machineLearning(asked: Asked): Sample {
  const keys =
    asked.authMode === 'AAD'
      ? ''
      : `\nkeys = ml.serverless_endpoints.get_keys("${asked.name}")   # keys.primary_key, keys.secondary_key`
  const code = `from azure.ai.ml import MLClient
from azure.identity import DefaultAzureCredential

ml = MLClient(
    DefaultAzureCredential(),
    subscription_id="${asked.subscription}",
    resource_group_name="${asked.group}",
    workspace_name="${asked.workspace}",
)
endpoint = ml.serverless_endpoints.get("${asked.name}")
print(endpoint.scoring_uri, endpoint.provisioning_state)${keys}`
  return { language: 'azure-ai-ml', code }
}
