// @azure/arm-machinelearning: workspaces. Its latest release has no methods for serverless endpoints and marketplace
// subscriptions; those go through its pipeline, and through @azure/arm-resources in another file.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { collect, commandR, credential, fast, groupId, here, name, send, subscription, tinyChat } from "../cupola.mjs";

const ml = new AzureMachineLearningWorkspaces(credential(), subscription, here);
const group = name("node-ml");
const project = name("project");
const workspace = `${groupId(group)}/providers/Microsoft.MachineLearningServices/workspaces/${project}`;

before(async () => {
  assert.equal((await send(ml, "PUT", groupId(group), { location: "eastus2" })).status, 201);
  const made = await ml.workspaces.beginCreateOrUpdateAndWait(
    group,
    project,
    { location: "eastus2", friendlyName: "From npm", tags: { by: "npm" } },
    fast,
  );
  assert.equal(made.name, project);
});

after(() => send(ml, "DELETE", groupId(group)));

async function settled(path) {
  for (;;) {
    const { status, body } = await send(ml, "GET", path);
    assert.equal(status, 200, JSON.stringify(body));
    const state = body.properties.provisioningState;
    if (state === "Succeeded") return body;
    assert.notEqual(state, "Failed", JSON.stringify(body));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("workspaces are listed, found, changed and deleted", async () => {
  const found = await ml.workspaces.get(group, project.toUpperCase());
  assert.deepEqual([found.name, found.friendlyName, found.location], [project, "From npm", "eastus2"]);
  assert.equal(found.systemData.createdByType, "Application");
  assert.ok(found.systemData.createdAt instanceof Date);
  assert.deepEqual((await collect(ml.workspaces.listByResourceGroup(group))).map((one) => one.name), [project]);
  const all = (await collect(ml.workspaces.listBySubscription())).map((one) => one.name);
  assert.ok(all.includes(project) && all.includes("hello-project"));

  const changed = await ml.workspaces.beginUpdateAndWait(group, project, { friendlyName: "Renamed" }, fast);
  assert.equal(changed.friendlyName, "Renamed");

  const short = name("short");
  await ml.workspaces.beginCreateOrUpdateAndWait(group, short, { location: "eastus2" }, fast);
  await ml.workspaces.beginDeleteAndWait(group, short, fast);
  await assert.rejects(ml.workspaces.get(group, short), { statusCode: 404, code: "ResourceNotFound" });
});

test("a partner model is subscribed to, deployed, used and deleted", async () => {
  const subscribed = `${workspace}/marketplaceSubscriptions/command-r`;
  const endpoint = `${workspace}/serverlessEndpoints/${name("command-r")}`;
  const body = { location: "eastus2", sku: { name: "Consumption" }, properties: { modelSettings: { modelId: commandR } } };
  assert.equal((await send(ml, "PUT", endpoint, body)).status, 400);

  assert.equal((await send(ml, "PUT", subscribed, { properties: { modelId: commandR } })).status, 201);
  assert.equal((await settled(subscribed)).properties.marketplaceSubscriptionStatus, "Subscribed");
  assert.equal((await send(ml, "PUT", endpoint, body)).status, 201);
  const uri = (await settled(endpoint)).properties.inferenceEndpoint.uri;

  const keys = (await send(ml, "POST", `${endpoint}/listKeys`)).body;
  const chat = { messages: [{ role: "user", content: "hello" }] };
  const headers = { authorization: `Bearer ${keys.primaryKey}`, "content-type": "application/json" };
  const ask = () => fetch(`${uri}/chat/completions`, { method: "POST", headers, body: JSON.stringify(chat) });
  const answer = await ask();
  const answered = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(answered));
  assert.equal(answered.choices[0].message.role, "assistant");

  const change = { keyType: "Primary", keyValue: keys.primaryKey };
  const renewed = (await send(ml, "POST", `${endpoint}/regenerateKeys`, change)).body;
  assert.notEqual(renewed.primaryKey, keys.primaryKey);
  assert.equal(renewed.secondaryKey, keys.secondaryKey);

  const listed = (await send(ml, "GET", `${workspace}/serverlessEndpoints`)).body.value;
  assert.deepEqual(listed.map((one) => one.id), [endpoint]);
  assert.equal((await send(ml, "DELETE", endpoint)).status, 202);
  assert.equal((await send(ml, "DELETE", subscribed)).status, 202);
});

test("a model that is sold directly needs no subscription", async () => {
  const endpoint = `${workspace}/serverlessEndpoints/${name("tiny")}`;
  const body = { location: "eastus2", sku: { name: "Consumption" }, properties: { modelSettings: { modelId: tinyChat } } };
  assert.equal((await send(ml, "PUT", endpoint, body)).status, 201);
  assert.equal((await settled(endpoint)).properties.endpointState, "Online");
});
