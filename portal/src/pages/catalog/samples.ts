// The model in code, for each client that people have, with this installation's own addresses in it.

import type { Sample } from '../../components/CodeSample'
import type { CatalogModel } from './model'
import { subscriptionName } from './subscriptionName'

export interface Place {
  /** The Target URI of the endpoint. */
  uri: string
  endpoint: string
  subscription: string
  group: string
  workspace: string
  region: string
}

const QUESTION = 'What is Cupola?'
const TEXT = 'The quick brown fox'

/** How the model is called once it is deployed; nothing where no route takes what it reads. */
export function callSamples(model: CatalogModel, place: Place): readonly Sample[] {
  switch (model.task) {
    case 'chat-completion':
      return chat(place)
    case 'completion':
      return completion(place)
    case 'embedding':
      return embedding(place)
    case 'rerank':
      return rerank(place)
    case 'image-generation':
      return image(place)
    case 'forecasting':
      return forecast(place)
    default:
      return []
  }
}

function curl(place: Place, path: string, body: unknown): Sample {
  return {
    language: 'curl',
    code: `# eval "$(cupola env)" first, where the certificate is this server's own
curl --fail-with-body "${place.uri}${path}" \\
  -H "Authorization: Bearer $ENDPOINT_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify(body).replaceAll("'", `'\\''`)}'`,
  }
}

const openai = (place: Place) => `import os
from openai import OpenAI

client = OpenAI(
    base_url="${place.uri}/v1",
    api_key=os.environ["ENDPOINT_KEY"],
)`

const openaiNode = (place: Place) => `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${place.uri}/v1',
  apiKey: process.env.ENDPOINT_KEY,
})`

const inference = (place: Place, client: string, more = '') => `import os
from azure.ai.inference import ${client}
${more}from azure.core.credentials import AzureKeyCredential

client = ${client}(
    endpoint="${place.uri}",
    credential=AzureKeyCredential(os.environ["ENDPOINT_KEY"]),
)`

function chat(place: Place): readonly Sample[] {
  const messages = [{ role: 'user', content: QUESTION }]
  return [
    curl(place, '/chat/completions', { messages }),
    {
      language: 'azure-ai-inference',
      code: `${inference(place, 'ChatCompletionsClient', 'from azure.ai.inference.models import UserMessage\n')}

answer = client.complete(messages=[UserMessage("${QUESTION}")], max_tokens=200)
print(answer.choices[0].message.content)`,
    },
    {
      language: 'OpenAI Python',
      code: `${openai(place)}

stream = client.chat.completions.create(
    model="${place.endpoint}",
    messages=[{"role": "user", "content": "${QUESTION}"}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`,
    },
    {
      language: 'OpenAI JavaScript',
      code: `${openaiNode(place)}

const answer = await client.chat.completions.create({
  model: '${place.endpoint}',
  messages: [{ role: 'user', content: '${QUESTION}' }],
})
console.log(answer.choices[0].message.content)`,
    },
  ]
}

function completion(place: Place): readonly Sample[] {
  return [
    curl(place, '/v1/completions', { prompt: TEXT, max_tokens: 50 }),
    {
      language: 'OpenAI Python',
      code: `${openai(place)}

answer = client.completions.create(model="${place.endpoint}", prompt="${TEXT}", max_tokens=50)
print(answer.choices[0].text)`,
    },
    {
      language: 'OpenAI JavaScript',
      code: `${openaiNode(place)}

const answer = await client.completions.create({ model: '${place.endpoint}', prompt: '${TEXT}', max_tokens: 50 })
console.log(answer.choices[0].text)`,
    },
  ]
}

function embedding(place: Place): readonly Sample[] {
  return [
    curl(place, '/embeddings', { input: [TEXT] }),
    {
      language: 'azure-ai-inference',
      code: `${inference(place, 'EmbeddingsClient')}

answer = client.embed(input=["${TEXT}"])
print(len(answer.data[0].embedding))`,
    },
    {
      language: 'OpenAI Python',
      code: `${openai(place)}

answer = client.embeddings.create(model="${place.endpoint}", input=["${TEXT}"])
print(len(answer.data[0].embedding))`,
    },
    {
      language: 'OpenAI JavaScript',
      code: `${openaiNode(place)}

const answer = await client.embeddings.create({ model: '${place.endpoint}', input: ['${TEXT}'] })
console.log(answer.data[0].embedding.length)`,
    },
  ]
}

function rerank(place: Place): readonly Sample[] {
  const documents = ['A cupola is a small dome.', 'A ledger is a book of accounts.']
  return [
    curl(place, '/v1/rerank', { query: QUESTION, documents, top_n: 1 }),
    {
      language: 'Cohere Python',
      code: `import os
import cohere

client = cohere.ClientV2(base_url="${place.uri}", api_key=os.environ["ENDPOINT_KEY"])

answer = client.rerank(
    model="${place.endpoint}",
    query="${QUESTION}",
    documents=${JSON.stringify(documents)},
    top_n=1,
)
print(answer.results[0].index, answer.results[0].relevance_score)`,
    },
  ]
}

function image(place: Place): readonly Sample[] {
  const prompt = 'A cupola above a quiet town'
  return [
    curl(place, '/images/generations', { prompt, size: '1024x1024' }),
    {
      language: 'OpenAI Python',
      code: `${openai(place)}

answer = client.images.generate(model="${place.endpoint}", prompt="${prompt}", size="1024x1024")
print(len(answer.data[0].b64_json or answer.data[0].url))`,
    },
    {
      language: 'OpenAI JavaScript',
      code: `${openaiNode(place)}

const answer = await client.images.generate({ model: '${place.endpoint}', prompt: '${prompt}', size: '1024x1024' })
console.log(answer.data[0])`,
    },
  ]
}

function forecast(place: Place): readonly Sample[] {
  return [
    {
      language: 'Nixtla Python',
      code: `import os
import pandas as pd
from nixtla import NixtlaClient

client = NixtlaClient(base_url="${place.uri}", api_key=os.environ["ENDPOINT_KEY"])

past = pd.DataFrame({
    "timestamp": pd.date_range("2026-01-01", periods=48, freq="D"),
    "value": [10 + day % 7 for day in range(48)],
})
print(client.forecast(df=past, h=7, time_col="timestamp", target_col="value"))`,
    },
  ]
}

/** How the model is deployed without this page. */
export function deploySamples(model: CatalogModel, place: Place): readonly Sample[] {
  return [withCupola(model, place), withSdk(model, place), withBicep(model, place), withAz(model, place)]
}

function withCupola(model: CatalogModel, place: Place): Sample {
  const where = `-g ${place.group} -w ${place.workspace}`
  const subscribe =
    model.soldBy === 'partner'
      ? `cupola ml marketplace-subscription create ${where} --name ${subscriptionName(model.name)} --set model_id=${model.id}\n`
      : ''
  return {
    language: 'cupola',
    code: `${subscribe}cupola ml serverless-endpoint create ${where} -n ${place.endpoint} --set model_id=${model.id}
cupola ml serverless-endpoint get-credentials ${where} -n ${place.endpoint}`,
  }
}

function withSdk(model: CatalogModel, place: Place): Sample {
  const isPartner = model.soldBy === 'partner'
  const subscribe = isPartner
    ? `
wanted = MarketplaceSubscription(model_id="${model.id}", name="${subscriptionName(model.name)}")
ml.marketplace_subscriptions.begin_create_or_update(wanted).result()
`
    : ''
  return {
    language: 'azure-ai-ml',
    code: `# eval "$(cupola env)" says where the server is and who you are
from azure.ai.ml import MLClient
from azure.ai.ml.entities import ${isPartner ? 'MarketplaceSubscription, ' : ''}ServerlessEndpoint
from azure.identity import DefaultAzureCredential

ml = MLClient(
    DefaultAzureCredential(),
    subscription_id="${place.subscription}",
    resource_group_name="${place.group}",
    workspace_name="${place.workspace}",
)
${subscribe}
endpoint = ServerlessEndpoint(name="${place.endpoint}", model_id="${model.id}")
made = ml.serverless_endpoints.begin_create_or_update(endpoint).result()
print(made.scoring_uri, ml.serverless_endpoints.get_keys("${place.endpoint}").primary_key)`,
  }
}

function withBicep(model: CatalogModel, place: Place): Sample {
  const isPartner = model.soldBy === 'partner'
  const subscribe = isPartner
    ? `
resource offer 'Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions@2024-10-01' = {
  parent: project
  name: '${subscriptionName(model.name)}'
  properties: { modelId: model }
}
`
    : ''
  return {
    language: 'Bicep',
    code: `param name string = '${place.endpoint}'
param model string = '${model.id}'

resource project 'Microsoft.MachineLearningServices/workspaces@2024-10-01' existing = {
  name: '${place.workspace}'
}
${subscribe}
resource endpoint 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints@2024-10-01' = {
  parent: project
  name: name
  location: '${place.region}'
  sku: { name: 'Consumption' }
  properties: {
    modelSettings: { modelId: model }
    contentSafety: { contentSafetyStatus: 'Enabled' }
  }${isPartner ? '\n  dependsOn: [offer]' : ''}
}

output uri string = endpoint.properties.inferenceEndpoint.uri`,
  }
}

function withAz(model: CatalogModel, place: Place): Sample {
  return {
    language: 'az',
    code: `# eval "$(cupola az-setup)" once; main.bicep is the Bicep beside this
az deployment group create -g ${place.group} --template-file main.bicep \\
  --parameters name=${place.endpoint} model=${model.id}`,
  }
}
