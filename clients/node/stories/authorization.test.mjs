// @azure/arm-authorization: roles and their assignments.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ResourceManagementClient } from "@azure/arm-resources";
import { collect, credential, fast, groupId, here, name, subscription, url } from "../cupola.mjs";

const client = new AuthorizationManagementClient(credential(), subscription, here);
const resources = new ResourceManagementClient(credential(), subscription, here);
const group = name("node-authorization");
const scope = groupId(group);

before(() => resources.resourceGroups.createOrUpdate(group, { location: "eastus2" }));
after(() => resources.resourceGroups.delete(group, fast));

test("an assignment is made, listed and taken away", async () => {
  const { token } = await credential().getToken(`${url}/.default`);
  const principalId = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString()).oid;
  const [reader] = await collect(client.roleDefinitions.list(scope, { filter: "roleName eq 'Reader'" }));
  assert.equal(reader.roleName, "Reader");

  const id = randomUUID();
  const wanted = { roleDefinitionId: reader.id, principalId, principalType: "ServicePrincipal" };
  const made = await client.roleAssignments.create(scope, id, wanted);
  assert.deepEqual([made.name, made.scope, made.principalId], [id, scope, principalId]);
  await assert.rejects(client.roleAssignments.create(scope, randomUUID(), wanted), { statusCode: 409, code: "RoleAssignmentExists" });
  const listed = await collect(client.roleAssignments.listForScope(scope, { filter: "atScope()" }));
  assert.ok(listed.some((one) => one.name === id));
  await client.roleAssignments.delete(scope, id);
  assert.ok(!(await collect(client.roleAssignments.listForScope(scope))).some((one) => one.name === id));
});

test("a role of our own is made, changed and deleted", async () => {
  const id = randomUUID();
  const role = (actions) => ({
    roleName: `Node ${id}`,
    description: "Of a story.",
    roleType: "CustomRole",
    assignableScopes: [`/subscriptions/${subscription}`],
    permissions: [{ actions, notActions: [] }],
  });
  const made = await client.roleDefinitions.createOrUpdate(scope, id, role(["*/read"]));
  assert.deepEqual([made.roleName, made.roleType], [`Node ${id}`, "CustomRole"]);
  const changed = await client.roleDefinitions.createOrUpdate(scope, id, role(["*"]));
  assert.deepEqual(changed.permissions[0].actions, ["*"]);
  await client.roleDefinitions.delete(scope, id);
  await assert.rejects(client.roleDefinitions.get(scope, id), { statusCode: 404 });
});
