// The clients of inference from npm: openai, @azure-rest/ai-inference, @anthropic-ai/sdk and foundry-sdk, cohere-ai, and
// Vercel's ai with @ai-sdk/azure, on an account and on an endpoint.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createAzure } from "@ai-sdk/azure";
import { AnthropicFoundry } from "@anthropic-ai/foundry-sdk";
import Anthropic from "@anthropic-ai/sdk";
import createInference, { isUnexpected } from "@azure-rest/ai-inference";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { AzureKeyCredential } from "@azure/core-auth";
import { embed, generateText, jsonSchema, streamText, tool } from "ai";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import OpenAI, { AzureOpenAI } from "openai";
import { account as accountId, call, credential, groupId, here, name, say, send, settled, subscription, url } from "../cupola.mjs";

const VERSION = "2024-10-21";
// For its pipeline: accounts are made through the resource manager as it is.
const manager = new AzureMachineLearningWorkspaces(credential(), subscription, here);
const group = name("node-inference");
const account = name("node-inference");
const base = `${url}/accounts/${account}`;
let key;

const weather = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const user = (content) => [{ role: "user", content }];

before(async () => {
  await send(manager, "PUT", groupId(group), { location: "eastus2" });
  const path = accountId(group, account);
  const version = "2025-06-01";
  const make = async (where, body) => {
    const { status, body: answer } = await send(manager, "PUT", where, body, version);
    assert.ok([200, 201].includes(status), JSON.stringify(answer));
    await settled(manager, where, version);
  };
  const kind = { kind: "AIServices", sku: { name: "S0" }, location: "eastus2", identity: { type: "SystemAssigned" } };
  await make(path, { ...kind, properties: { customSubDomainName: account } });
  for (const [deployment, format, model] of [
    ["command", "Cohere", "Cohere-command-r-plus-08-2024"],
    ["embed", "Cohere", "Cohere-embed-v3-english"],
    ["rerank", "Cohere", "Cohere-rerank-v3.5"],
    ["claude", "Anthropic", "claude-haiku-4-5"],
  ]) {
    const sku = { name: "GlobalStandard", capacity: 1000 };
    await make(`${path}/deployments/${deployment}`, { sku, properties: { model: { format, name: model, version: "1" } } });
  }
  key = (await send(manager, "POST", `${path}/listKeys`, undefined, version)).body.key1;
});
after(() => send(manager, "DELETE", groupId(group)));

const openais = () => [
  new OpenAI({ baseURL: `${base}/openai/v1`, apiKey: key, maxRetries: 0 }),
  new AzureOpenAI({ endpoint: base, apiKey: key, apiVersion: VERSION, maxRetries: 0 }),
];

test("openai: chat, streams and tools", async () => {
  for (const client of openais()) {
    const answer = await client.chat.completions.create({ model: "command", messages: user(say("Hello there.")) });
    assert.equal(answer.choices[0].message.content, "Hello there.");
    assert.match(answer.id, /^chatcmpl-[0-9A-Za-z]{29}$/);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);

    const wanted = { model: "command", messages: user(say("One two three.")), stream: true, stream_options: { include_usage: true } };
    const chunks = [];
    for await (const chunk of await client.chat.completions.create(wanted)) chunks.push(chunk);
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), "One two three.");
    assert.ok(chunks.at(-1).usage.total_tokens > 0);

    const tools = [{ type: "function", function: { name: "get_weather", parameters: weather } }];
    const called = await client.chat.completions.create({ model: "command", messages: user(call("get_weather", { city: "Paris" })), tools });
    assert.deepEqual(JSON.parse(called.choices[0].message.tool_calls[0].function.arguments), { city: "Paris" });
  }
});

test("openai: embeddings are no empty vectors", async () => {
  for (const client of openais()) {
    const packed = (await client.embeddings.create({ model: "embed", input: "one" })).data[0].embedding;
    const plain = (await client.embeddings.create({ model: "embed", input: "one", encoding_format: "float" })).data[0].embedding;
    assert.equal(packed.length, plain.length);
    assert.ok(packed.length > 0 && packed.every((component, at) => Math.abs(component - plain[at]) < 1e-6));
  }
});

test("openai: responses, models and errors", async () => {
  for (const client of openais()) {
    const answer = await client.responses.create({ model: "command", input: say("Hello there.") });
    assert.equal(answer.output_text, "Hello there.");
    const kinds = [];
    for await (const event of await client.responses.create({ model: "command", input: say("One two."), stream: true })) kinds.push(event.type);
    assert.deepEqual([kinds[0], kinds.at(-1)], ["response.created", "response.completed"]);
    const listed = (await client.models.list()).data.map((model) => model.id);
    assert.deepEqual(listed, ["claude", "command", "embed", "rerank"]);
    await assert.rejects(client.chat.completions.create({ model: "absent", messages: user("hello") }), OpenAI.NotFoundError);
  }
  const wrong = new OpenAI({ baseURL: `${base}/openai/v1`, apiKey: "wrong", maxRetries: 0 });
  await assert.rejects(wrong.models.list(), OpenAI.AuthenticationError);
});

test("openai: responses are kept, go on, are listed and deleted", async () => {
  for (const client of openais()) {
    const first = await client.responses.create({ model: "command", input: say("I am one.") });
    assert.deepEqual((await client.responses.retrieve(first.id)).output, first.output);
    const more = { model: "command", input: say("I am two."), previous_response_id: first.id };
    const kinds = [];
    let second;
    for await (const event of await client.responses.create({ ...more, stream: true })) {
      kinds.push(event.type);
      second = event.response ?? second;
    }
    assert.equal(kinds.at(-1), "response.completed");
    assert.equal((await client.responses.retrieve(second.id)).previous_response_id, first.id);
    const said = [];
    for await (const item of client.responses.inputItems.list(second.id, { order: "asc", limit: 1 })) said.push(item.content[0].text);
    assert.deepEqual(said, [say("I am one."), "I am one.", say("I am two.")]);
    await client.responses.delete(first.id);
    await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError);
    await assert.rejects(client.responses.create(more), (error) => error.status === 400 && error.code === "previous_response_not_found");
    const unkept = await client.responses.create({ model: "command", input: say("Secret."), store: false });
    await assert.rejects(client.responses.retrieve(unkept.id), OpenAI.NotFoundError);
  }
});

test("@azure-rest/ai-inference: chat, embeddings, model info and errors", async () => {
  const client = createInference(`${base}/models`, new AzureKeyCredential(key));
  const chat = (body, headers) => client.path("/chat/completions").post({ body, headers });
  const answer = await chat({ model: "Command", messages: user(say("Hello there.")) });
  assert.ok(!isUnexpected(answer));
  assert.equal(answer.body.choices[0].message.content, "Hello there.");
  assert.match(answer.body.id, /^[0-9a-f]{32}$/);
  const extra = { model: "command", messages: user(say("Fine.")), n: 1 };
  const refused = await chat(extra);
  assert.ok(isUnexpected(refused) && refused.status === "400");
  assert.match(refused.body.error.message, /Extra parameters \['n'\]/);
  assert.equal((await chat(extra, { "extra-parameters": "pass-through" })).status, "200");
  const vectors = await client.path("/embeddings").post({ body: { model: "embed", input: ["one", "two"] } });
  assert.equal(vectors.body.data.length, 2);
  const info = await client.path("/info").get({ queryParameters: { model: "embed" } });
  assert.equal(info.body.model_type, "embedding");
  const stream = await client.path("/chat/completions").post({ body: { model: "command", messages: user(say("One two.")), stream: true } }).asNodeStream();
  let text = "";
  for await (const piece of stream.body) text += piece;
  assert.ok(text.startsWith("data: ") && text.endsWith("data: [DONE]\n\n") && !text.includes("event:"));
});

test("@anthropic-ai/sdk and foundry-sdk: messages, streams, tools and errors", async () => {
  const at = { baseURL: `${base}/anthropic`, apiKey: key, maxRetries: 0 };
  for (const client of [new Anthropic(at), new AnthropicFoundry(at)]) {
    const ask = (content, more) => ({ model: "claude", max_tokens: 100, messages: user(content), ...more });
    const answer = await client.messages.create(ask(say("Hello there.")));
    assert.deepEqual([answer.content[0].text, answer.stop_reason], ["Hello there.", "end_turn"]);
    assert.ok(answer._request_id);
    const streamed = await client.messages.stream(ask(say("One two three."))).finalMessage();
    assert.equal(streamed.content[0].text, "One two three.");
    assert.ok(streamed.usage.output_tokens > 0);
    const tools = [{ name: "get_weather", input_schema: weather }];
    const called = await client.messages.stream(ask(call("get_weather", { city: "Paris" }), { tools })).finalMessage();
    assert.deepEqual([called.stop_reason, called.content.at(-1).input], ["tool_use", { city: "Paris" }]);
    await assert.rejects(client.messages.create(ask("hello", { model: "absent" })), Anthropic.NotFoundError);
  }
});

test("cohere-ai: chat, streams, embed and rerank", async () => {
  const at = { environment: base, token: key };
  const two = new CohereClientV2(at);
  const answer = await two.chat({ model: "command", messages: user(say("Hello there.")) });
  assert.deepEqual([answer.message.content[0].text, answer.finishReason], ["Hello there.", "COMPLETE"]);
  let said = "";
  for await (const event of await two.chatStream({ model: "command", messages: user(say("One two three.")) })) {
    if (event.type === "content-delta") said += event.delta.message.content.text;
  }
  assert.equal(said, "One two three.");
  const embedded = await two.embed({ model: "embed", texts: ["one"], inputType: "search_query", embeddingTypes: ["float"] });
  assert.equal(embedded.embeddings.float.length, 1);
  const documents = ["stock prices", "a cat on a mat"];
  assert.equal((await two.rerank({ model: "rerank", query: "cat mat", documents })).results[0].index, 1);
  const one = new CohereClient(at);
  assert.equal((await one.chat({ model: "command", message: say("Hello there.") })).text, "Hello there.");
});

test("ai with @ai-sdk/azure: text, streams, tools and embeddings", async () => {
  const azure = createAzure({ baseURL: `${base}/openai/v1`, apiKey: key });
  for (const model of [azure("command"), azure.chat("command")]) {
    const answer = await generateText({ model, prompt: say("Hello there."), maxRetries: 0 });
    assert.equal(answer.text, "Hello there.");
    assert.ok(answer.usage.inputTokens > 0 && answer.usage.outputTokens > 0);
    const streamed = streamText({ model, prompt: say("One two three."), maxRetries: 0 });
    assert.equal(await streamed.text, "One two three.");
    const tools = { get_weather: tool({ description: "Weather", inputSchema: jsonSchema(weather) }) };
    const called = await generateText({ model, prompt: call("get_weather", { city: "Paris" }), tools, maxRetries: 0 });
    assert.deepEqual(called.toolCalls.map((one) => [one.toolName, one.input]), [["get_weather", { city: "Paris" }]]);
  }
  const { embedding } = await embed({ model: azure.textEmbeddingModel("embed"), value: "one", maxRetries: 0 });
  assert.ok(embedding.length > 0);
});
