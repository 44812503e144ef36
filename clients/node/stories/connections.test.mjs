// @azure/arm-machinelearning: connections of a workspace.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AzureMachineLearningWorkspaces } from "@azure/arm-machinelearning";
import { collect, credential, fast, groupId, here, name, send, subscription } from "../cupola.mjs";

const ml = new AzureMachineLearningWorkspaces(credential(), subscription, here);
const group = name("node-connections");

before(async () => {
  assert.equal((await send(ml, "PUT", groupId(group), { location: "eastus2" })).status, 201);
  await ml.workspaces.beginCreateOrUpdateAndWait(group, "project", { location: "eastus2" }, fast);
});
after(() => send(ml, "DELETE", groupId(group)));

test("a connection with a secret", async () => {
  const properties = { authType: "PAT", category: "Git", target: "https://git.test/x", credentials: { pat: "needle" } };
  const made = await ml.workspaceConnections.create(group, "project", "git", { properties });
  assert.deepEqual([made.name, made.properties.category, made.properties.target], ["git", "Git", "https://git.test/x"]);
  assert.deepEqual((await collect(ml.workspaceConnections.list(group, "project"))).map((one) => one.name), ["git"]);
  const found = await ml.workspaceConnections.get(group, "project", "git");
  assert.ok(!JSON.stringify(found).includes("needle"));
  const path = `${groupId(group)}/providers/Microsoft.MachineLearningServices/workspaces/project/connections/git`;
  const told = await send(ml, "POST", `${path}/listsecrets`);
  assert.equal(told.body.properties.credentials.pat, "needle");
  await ml.workspaceConnections.delete(group, "project", "git");
  await assert.rejects(ml.workspaceConnections.get(group, "project", "git"), { statusCode: 404 });
});
