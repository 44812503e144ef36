// @azure/arm-resources: groups, providers, tags, and any resource by its id.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ResourceManagementClient } from "@azure/arm-resources";
import { collect, credential, fast, groupId, here, name, subscription, tinyChat, workspaces } from "../cupola.mjs";

const client = new ResourceManagementClient(credential(), subscription, here);
const group = name("node-resources");

before(() => client.resourceGroups.createOrUpdate(group, { location: "eastus2", tags: { by: "npm" } }));
after(async () => {
  await client.resourceGroups.delete(group, fast);
  assert.equal((await client.resourceGroups.checkExistence(group)).body, false);
});

test("groups", async () => {
  assert.deepEqual((await client.resourceGroups.get(group)).tags, { by: "npm" });
  const listed = await collect(client.resourceGroups.list({ filter: "tagName eq 'by' and tagValue eq 'npm'" }));
  assert.deepEqual(listed.map((one) => one.name), [group]);
  const changed = await client.resourceGroups.update(group, { tags: { by: "npm", more: "tags" } });
  assert.equal(changed.tags.more, "tags");
  await assert.rejects(client.resourceGroups.get("no-such-group"), { statusCode: 404, code: "ResourceGroupNotFound" });
});

test("providers", async () => {
  const all = (await collect(client.providers.list())).map((one) => one.namespace);
  assert.ok(all.includes("Microsoft.MachineLearningServices") && all.includes("Microsoft.SaaS"));
  const one = await client.providers.get("Microsoft.MachineLearningServices");
  assert.ok(one.resourceTypes.some((type) => type.resourceType === "workspaces/serverlessEndpoints"));
});

test("a serverless endpoint as any resource", async () => {
  const project = name("project");
  const workspace = `${groupId(group)}/providers/${workspaces}/${project}`;
  const version = "2024-04-01";
  await client.resources.createOrUpdateById(workspace, version, { location: "eastus2", kind: "Project", properties: {} }, fast);

  const id = `${workspace}/serverlessEndpoints/${name("tiny")}`;
  const wanted = { location: "eastus2", sku: { name: "Consumption" }, properties: { modelSettings: { modelId: tinyChat } } };
  const made = await client.resources.createOrUpdateById(id, version, wanted, fast);
  assert.equal(made.id, id);
  const seen = await client.resources.getById(id, version);
  assert.equal(seen.properties.provisioningState, "Succeeded");
  const listed = await collect(client.resources.listByResourceGroup(group, { expand: "provisioningState" }));
  assert.deepEqual(listed.map((one) => one.type).sort(), [workspaces, `${workspaces}/serverlessEndpoints`]);

  await client.resources.deleteById(id, version, fast);
  await assert.rejects(client.resources.getById(id, version), { statusCode: 404, code: "ResourceNotFound" });
});
