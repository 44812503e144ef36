// @azure/arm-resourcesdeployments: templates.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DeploymentsClient } from "@azure/arm-resourcesdeployments";
import { ResourceManagementClient } from "@azure/arm-resources";
import { collect, credential, fast, here, name, subscription, tinyChat } from "../cupola.mjs";

const client = new DeploymentsClient(credential(), subscription, here);
const resources = new ResourceManagementClient(credential(), subscription, here);
const group = name("node-deployments");
const project = name("project");

const workspaces = "Microsoft.MachineLearningServices/workspaces";
const template = {
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  parameters: { project: { type: "string", minLength: 3 }, modelId: { type: "string", defaultValue: tinyChat } },
  resources: [
    { type: workspaces, apiVersion: "2024-04-01", name: "[parameters('project')]", location: "[resourceGroup().location]", kind: "Project", properties: {} },
    {
      type: `${workspaces}/serverlessEndpoints`,
      apiVersion: "2024-04-01",
      name: "[format('{0}/{0}-tiny', parameters('project'))]",
      location: "[resourceGroup().location]",
      sku: { name: "Consumption" },
      dependsOn: [`[resourceId('${workspaces}', parameters('project'))]`],
      properties: { modelSettings: { modelId: "[parameters('modelId')]" } },
    },
  ],
  outputs: {
    uri: {
      type: "string",
      value: `[reference(resourceId('${workspaces}/serverlessEndpoints', parameters('project'), concat(parameters('project'), '-tiny'))).inferenceEndpoint.uri]`,
    },
  },
};

const asked = (parameters) => ({ properties: { mode: "Incremental", template, parameters } });

before(() => resources.resourceGroups.createOrUpdate(group, { location: "eastus2" }));
after(() => resources.resourceGroups.delete(group, fast));

test("validated, planned, deployed, read and deleted", async () => {
  const parameters = { project: { value: project } };
  const seen = await client.deployments.validate(group, "story", asked(parameters), fast);
  assert.equal(seen.properties.provisioningState, "Succeeded");
  const planned = await client.deployments.whatIf(group, "story", asked(parameters), fast);
  assert.deepEqual(planned.changes.map((one) => one.changeType), ["Create", "Create"]);

  const made = await client.deployments.createOrUpdate(group, "story", asked(parameters), fast);
  assert.equal(made.properties.provisioningState, "Succeeded");
  assert.match(made.properties.outputs.uri.value, /^https:\/\/.*-tiny/);
  assert.deepEqual((await collect(client.deployments.listByResourceGroup(group))).map((one) => one.name), ["story"]);
  const operations = await collect(client.deploymentOperations.list(group, "story"));
  assert.equal(operations.filter((one) => one.properties.provisioningOperation === "Create").length, 2);
  assert.deepEqual((await client.deployments.exportTemplate(group, "story")).template, template);

  await client.deployments.delete(group, "story", fast);
  await assert.rejects(client.deployments.get(group, "story"), { statusCode: 404, code: "DeploymentNotFound" });
});

test("a parameter that breaks its rule", async () => {
  const wrong = asked({ project: { value: "ab" } });
  await assert.rejects(async () => client.deployments.createOrUpdate(group, "wrong", wrong, fast), { statusCode: 400, code: "InvalidTemplate" });
});
