"""azure-mgmt-resource-deployments: templates through the management library."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.deployments import DeploymentsMgmtClient

TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"name": {"type": "string"}, "title": {"type": "string", "defaultValue": "From a library"}},
    "resources": [
        {
            "type": "Microsoft.MachineLearningServices/workspaces",
            "apiVersion": "2024-10-01",
            "name": "[parameters('name')]",
            "location": "[resourceGroup().location]",
            "kind": "Project",
            "properties": {"friendlyName": "[parameters('title')]"},
        }
    ],
    "outputs": {"name": {"type": "string", "value": "[toUpper(parameters('name'))]"}},
}


@pytest.fixture(scope="module")
def client(credential, environment):
    url = environment["CUPOLA_URL"]
    subscription = environment["AZURE_SUBSCRIPTION_ID"]
    return DeploymentsMgmtClient(credential, subscription, base_url=url, credential_scopes=[f"{url}/.default"])


def asked(mode="Incremental", **parameters):
    values = {name: {"value": value} for name, value in parameters.items()}
    return {"properties": {"mode": mode, "template": TEMPLATE, "parameters": values}}


def test_the_life_of_a_deployment(client, arm, group):
    seen = client.deployments.begin_validate(group, "story", asked(name="abc")).result()
    assert seen.properties.provisioning_state == "Succeeded"
    planned = client.deployments.begin_what_if(group, "story", asked(name="abc")).result()
    assert [(one.change_type, one.after["name"]) for one in planned.changes] == [("Create", "abc")]

    made = client.deployments.begin_create_or_update(group, "story", asked(name="abc")).result()
    assert made.properties.provisioning_state == "Succeeded"
    assert made.properties.outputs["name"]["value"] == "ABC"
    assert arm.get(arm.workspace("abc", group)).json()["properties"]["friendlyName"] == "From a library"
    assert client.deployments.check_existence(group, "story")
    assert [one.name for one in client.deployments.list_by_resource_group(group)] == ["story"]
    operations = list(client.deployment_operations.list(group, "story"))
    created = [one.properties for one in operations if one.properties.provisioning_operation == "Create"]
    assert [one.target_resource.resource_name for one in created] == ["abc"]
    assert client.deployments.export_template(group, "story").template == TEMPLATE

    client.deployments.begin_delete(group, "story").result()
    with pytest.raises(ResourceNotFoundError, match="DeploymentNotFound"):
        client.deployments.get(group, "story")
    assert not client.deployments.check_existence(group, "story")


def test_refusals(client, group):
    with pytest.raises(HttpResponseError, match="InvalidTemplate") as refused:
        client.deployments.begin_create_or_update(group, "missing", asked()).result()
    assert refused.value.status_code == 400
    assert "'name'" in str(refused.value)
    with pytest.raises(HttpResponseError, match="InvalidTemplate"):
        client.deployments.begin_validate(group, "typed", asked(name=5)).result()
