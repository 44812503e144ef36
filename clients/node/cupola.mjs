// What the stories share: credentials and clients, made from the variables of `cupola env` as a user makes them.

import { randomBytes } from "node:crypto";
import { ClientSecretCredential } from "@azure/identity";
import { createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline";

export const url = process.env.CUPOLA_URL;
export const subscription = process.env.AZURE_SUBSCRIPTION_ID;
export const tinyChat = "azureml://registries/cupola/models/tiny-chat";
export const commandR = "azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024";
export const workspaces = "Microsoft.MachineLearningServices/workspaces";

export function credential(secret = process.env.AZURE_CLIENT_SECRET) {
  return new ClientSecretCredential(process.env.AZURE_TENANT_ID, process.env.AZURE_CLIENT_ID, secret, {
    authorityHost: url,
    disableInstanceDiscovery: true,
  });
}

// The libraries take the resource manager's address under two names.
export const here = { endpoint: url, $host: url, credentialScopes: [`${url}/.default`], credentials: { scopes: [`${url}/.default`] } };

export function name(prefix) {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

export function groupId(group) {
  return `/subscriptions/${subscription}/resourceGroups/${group}`;
}

/** Polling as fast as the server allows. */
export const fast = { updateIntervalInMs: 100 };

/** For the operations that a library has no method for: through its own pipeline, with its own token. */
export async function send(client, method, path, body, version = "2024-04-01") {
  const request = createPipelineRequest({
    method,
    url: `${url}${path}${path.includes("?") ? "&" : "?"}api-version=${version}`,
    headers: createHttpHeaders({ "content-type": "application/json" }),
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await client.sendRequest(request);
  return { status: answer.status, body: answer.bodyAsText ? JSON.parse(answer.bodyAsText) : undefined };
}

export async function collect(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

export function account(group, name) {
  return `${groupId(group)}/providers/Microsoft.CognitiveServices/accounts/${name}`;
}

/** Waits until a resource is Succeeded. */
export async function settled(client, path, version) {
  for (;;) {
    const { status, body } = await send(client, "GET", path, undefined, version);
    const state = body?.properties?.provisioningState;
    if (state === "Succeeded") return;
    if (status !== 200 || state === "Failed") throw new Error(JSON.stringify(body));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A message that the simulator answers with these words, where its settings have directives. */
export function say(text) {
  return `[[simulate: text=${JSON.stringify(text)} ]]`;
}

/** A message that it answers with a call of this tool. */
export function call(name, args) {
  return `[[simulate: tool_calls=${JSON.stringify([{ name, arguments: args }])} ]]`;
}
