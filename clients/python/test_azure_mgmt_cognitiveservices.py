"""azure-mgmt-cognitiveservices: accounts, deployments, projects, and what screens prompts and completions."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient

NAMESPACE = "Microsoft.CognitiveServices"
CHAT = {"format": "Cupola", "name": "tiny-chat", "version": "1"}


@pytest.fixture(scope="module")
def client(credential, environment):
    url = environment["CUPOLA_URL"]
    subscription = environment["AZURE_SUBSCRIPTION_ID"]
    return CognitiveServicesManagementClient(credential, subscription, base_url=url, credential_scopes=[f"{url}/.default"])


@pytest.fixture
def account(client, group):
    name = f"acct-{uuid.uuid4().hex[:8]}"
    body = {
        "location": "eastus2",
        "kind": "AIServices",
        "sku": {"name": "S0"},
        "identity": {"type": "SystemAssigned"},
        "properties": {"customSubDomainName": name, "allowProjectManagement": True},
    }
    made = client.accounts.begin_create(group, name, body).result()
    assert made.properties.provisioning_state == "Succeeded"
    return name


def names(found):
    return [one.name for one in found]


def test_accounts(client, environment, group, account):
    seen = client.accounts.get(group, account)
    assert (seen.kind, seen.sku.name, seen.identity.type) == ("AIServices", "S0", "SystemAssigned")
    assert seen.properties.endpoint == f"{environment['CUPOLA_URL']}/accounts/{account}/"
    assert seen.properties.endpoints["OpenAI Language Model Instance API"] == seen.properties.endpoint
    assert names(client.accounts.list_by_resource_group(group)) == [account]
    assert account in names(client.accounts.list())
    changed = client.accounts.begin_update(group, account, {"tags": {"by": "test"}}).result()
    assert changed.tags == {"by": "test"}
    keys = client.accounts.list_keys(group, account)
    fresh = client.accounts.regenerate_key(group, account, key_name="Key2")
    assert fresh.key1 == keys.key1 and fresh.key2 != keys.key2
    assert [one.sku.name for one in client.accounts.list_skus(group, account).value] == ["S0"]
    assert ("Cupola", "tiny-chat") in [(one.format, one.name) for one in client.accounts.list_models(group, account)]
    assert client.check_domain_availability(account, f"{NAMESPACE}/accounts").is_subdomain_available is False
    client.accounts.begin_update(group, account, {"properties": {"disableLocalAuth": True}}).result()
    with pytest.raises(HttpResponseError, match="disableLocalAuth"):
        client.accounts.list_keys(group, account)


def test_deployments(client, group, account):
    body = {"sku": {"name": "GlobalStandard", "capacity": 5}, "properties": {"model": CHAT}}
    made = client.deployments.begin_create_or_update(group, account, "chat", body).result()
    assert (made.properties.provisioning_state, made.properties.current_capacity) == ("Succeeded", 5)
    assert {limit.key: limit.count for limit in made.properties.rate_limits} == {"request": 5, "token": 5000}
    changed = client.deployments.begin_update(group, account, "chat", {"sku": {"name": "GlobalStandard", "capacity": 7}}).result()
    assert changed.sku.capacity == 7
    assert names(client.deployments.list(group, account)) == ["chat"]
    used = {one.name.value: one.current_value for one in client.accounts.list_usages(group, account).value}
    assert used["Cupola.GlobalStandard.tiny-chat"] == 7
    client.deployments.begin_delete(group, account, "chat").result()
    with pytest.raises(ResourceNotFoundError):
        client.deployments.get(group, account, "chat")


def test_policies_and_blocklists(client, group, account):
    assert names(client.rai_policies.list(group, account)) == ["Microsoft.Default", "Microsoft.DefaultV2"]
    client.rai_blocklists.create_or_update(group, account, "words", {"properties": {"description": "Ours"}})
    batch = [
        {"name": "maple", "properties": {"pattern": "\\bmaple\\b", "isRegex": True}},
        {"name": "oak", "properties": {"pattern": "oak", "isRegex": False}},
    ]
    client.rai_blocklist_items.batch_add(group, account, "words", batch)
    assert names(client.rai_blocklist_items.list(group, account, "words")) == ["maple", "oak"]
    client.rai_blocklist_items.batch_delete(group, account, "words", ["oak"])
    client.rai_blocklist_items.begin_delete(group, account, "words", "maple").result()
    with pytest.raises(HttpResponseError, match="line 1 column 1"):
        body = {"properties": {"pattern": "(", "isRegex": True}}
        client.rai_blocklist_items.create_or_update(group, account, "words", "bad", body)
    filters = [{"name": "Violence", "enabled": True, "blocking": True, "severityThreshold": "High", "source": "Completion"}]
    lists = [{"blocklistName": "words", "blocking": True, "source": "Prompt"}]
    body = {"properties": {"basePolicyName": "Microsoft.DefaultV2", "mode": "Blocking", "contentFilters": filters, "customBlocklists": lists}}
    made = client.rai_policies.create_or_update(group, account, "house-rules", body)
    assert (made.properties.type, made.properties.content_filters[0].severity_threshold) == ("UserManaged", "High")
    with pytest.raises(HttpResponseError, match="house-rules"):
        client.rai_blocklists.begin_delete(group, account, "words").result()
    client.rai_policies.begin_delete(group, account, "house-rules").result()
    client.rai_blocklists.begin_delete(group, account, "words").result()


def test_projects_and_connections(client, group, account):
    body = {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": {"displayName": "First"}}
    made = client.projects.begin_create(group, account, "first", body).result()
    assert made.properties.is_default and made.properties.endpoints["AI Foundry API"].endswith("/api/projects/first")
    connection = {
        "properties": {
            "authType": "ApiKey",
            "category": "ApiKey",
            "target": "https://example.com",
            "isSharedToAll": True,
            "credentials": {"key": "hidden"},
        }
    }
    client.account_connections.create(group, account, "search", connection)
    assert names(client.account_connections.list(group, account)) == ["search"]
    assert names(client.project_connections.list(group, account, "first")) == ["search"]
    client.account_connections.delete(group, account, "search")
    client.projects.begin_delete(group, account, "first").result()
    assert names(client.projects.list(group, account)) == []


def test_deleted_accounts(client, group, account):
    client.accounts.begin_delete(group, account).result()
    assert account in names(client.deleted_accounts.list())
    assert client.deleted_accounts.get("eastus2", group, account).properties.deletion_date
    client.accounts.begin_create(group, account, {"location": "eastus2", "properties": {"restore": True}}).result()
    client.accounts.begin_delete(group, account).result()
    client.deleted_accounts.begin_purge("eastus2", group, account).result()
    assert account not in names(client.deleted_accounts.list())


def test_places(client, group, account):
    body = {"sku": {"name": "Standard", "capacity": 2}, "properties": {"model": CHAT}}
    client.deployments.begin_create_or_update(group, account, "chat", body).result()
    assert "Microsoft.CognitiveServices/accounts/read" in names(client.operations.list())
    assert {one.kind for one in client.resource_skus.list()} == {"AIServices", "OpenAI"}
    assert "tiny-chat" in [one.model.name for one in client.models.list("eastus2")]
    used = {one.name.value: one.current_value for one in client.usages.list("eastus2")}
    assert used["Cupola.Standard.tiny-chat"] >= 2
