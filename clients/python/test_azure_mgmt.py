"""The management libraries of the generic resource manager: groups, resources, providers, subscriptions."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient

from cupola import TINY_CHAT

ML = "Microsoft.MachineLearningServices"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@pytest.fixture(scope="module")
def pointed(environment):
    """How a library of this family is pointed at another cloud."""
    url = environment["CUPOLA_URL"]
    return {"base_url": url, "credential_scopes": [f"{url}/.default"]}


@pytest.fixture(scope="module")
def resources(credential, environment, pointed):
    return ResourceManagementClient(credential, environment["AZURE_SUBSCRIPTION_ID"], **pointed)


@pytest.fixture(scope="module")
def authorization(credential, environment, pointed):
    return AuthorizationManagementClient(credential, environment["AZURE_SUBSCRIPTION_ID"], **pointed)


def names(found):
    return [one.name for one in found]


def test_subscriptions_and_their_places(credential, environment, pointed):
    client = SubscriptionClient(credential, **pointed)
    [one] = client.subscriptions.list()
    assert one.subscription_id == environment["AZURE_SUBSCRIPTION_ID"]
    assert client.subscriptions.get(one.subscription_id).state == "Enabled"
    assert "eastus2" in names(client.subscriptions.list_locations(one.subscription_id))
    assert len(list(client.tenants.list())) == 1


def test_groups(resources):
    name = f"mgmt-{uuid.uuid4().hex[:8]}"
    made = resources.resource_groups.create_or_update(name, {"location": "eastus2", "tags": {"by": name}})
    assert (made.name, made.tags, made.properties.provisioning_state) == (name, {"by": name}, "Succeeded")
    assert resources.resource_groups.check_existence(name)
    assert names(resources.resource_groups.list(filter=f"tagName eq 'by' and tagValue eq '{name}'")) == [name]
    assert resources.resource_groups.update(name, {"tags": {}}).tags == {}
    resources.resource_groups.begin_delete(name).result()
    assert not resources.resource_groups.check_existence(name)
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        resources.resource_groups.get(name)


def test_any_resource_by_its_id(resources, arm, group):
    workspace = arm.workspace("by-id", group)
    body = {"location": "eastus2", "kind": "Project", "properties": {"friendlyName": "By id"}}
    made = resources.resources.begin_create_or_update_by_id(workspace, body, api_version="2024-10-01").result()
    assert (made.id, made.kind, made.properties["friendlyName"]) == (workspace, "Project", "By id")
    endpoint = f"{workspace}/serverlessEndpoints/by-id-{group}"
    body = {
        "location": "eastus2",
        "sku": {"name": "Consumption"},
        "properties": {"modelSettings": {"modelId": TINY_CHAT}},
    }
    made = resources.resources.begin_create_or_update_by_id(endpoint, body, api_version="2024-04-01").result()
    assert made.properties["provisioningState"] == "Succeeded"
    listed = resources.resources.list_by_resource_group(group, expand="createdTime,provisioningState")
    found = {one.type: one for one in listed}
    assert set(found) == {f"{ML}/workspaces", f"{ML}/workspaces/serverlessEndpoints"}
    assert found[f"{ML}/workspaces"].created_time
    assert names(resources.resources.list(filter=f"name eq '{endpoint.rsplit('/', 1)[1]}'")) == [f"by-id-{group}"]
    resources.resources.begin_delete_by_id(endpoint, api_version="2024-04-01").result()
    with pytest.raises(ResourceNotFoundError):
        resources.resources.get_by_id(endpoint, api_version="2024-04-01")


def test_providers(resources):
    assert ML in [one.namespace for one in resources.providers.list()]
    types = {one.resource_type for one in resources.providers.get(ML).resource_types}
    assert {"workspaces", "workspaces/serverlessEndpoints", "workspaces/marketplaceSubscriptions"} <= types
    assert resources.providers.register("Microsoft.SaaS").registration_state == "Registered"


def test_role_assignments(authorization, arm, group):
    scope = arm.group(group)
    definitions = {one.role_name: one for one in authorization.role_definitions.list(scope)}
    assert {"Owner", "Contributor", "Reader", "Azure AI Developer"} <= set(definitions)
    assert definitions["Reader"].name == READER
    [by_name] = authorization.role_definitions.list(scope, filter="roleName eq 'Azure AI Developer'")
    assert by_name.id == definitions["Azure AI Developer"].id

    principal = arm.claims()["oid"]
    name = str(uuid.uuid4())
    body = {"role_definition_id": definitions["Reader"].id, "principal_id": principal, "principal_type": "ServicePrincipal"}
    made = authorization.role_assignments.create(scope, name, body)
    assert (made.name, made.scope, made.principal_id) == (name, scope, principal)
    with pytest.raises(HttpResponseError, match="RoleAssignmentExists"):
        authorization.role_assignments.create(scope, str(uuid.uuid4()), body)
    listed = authorization.role_assignments.list_for_scope(scope, filter="atScope()")
    assert name in names(listed)
    assert name in names(authorization.role_assignments.list_for_subscription())
    authorization.role_assignments.delete(scope, name)
    assert name not in names(authorization.role_assignments.list_for_scope(scope))
