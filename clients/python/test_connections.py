"""Connections with azure-ai-ml: someone else's endpoint made known to a project, with its secret."""

import pytest
from azure.ai.ml import MLClient
from azure.ai.ml.entities import (
    ApiKeyConfiguration,
    AzureAIServicesConnection,
    ServerlessConnection,
    WorkspaceConnection,
)
from azure.core.exceptions import ResourceNotFoundError

from cupola import TINY_CHAT, Deployment


@pytest.fixture
def other(credential, arm, group):
    """An MLClient of a project in another group."""
    name = group.replace("group", "other")
    body = {"location": "westus", "kind": "Project", "properties": {}}
    assert arm.request("PUT", arm.workspace(name, group), body).status_code == 201
    return MLClient(credential, arm.client["subscription_id"], group, name)


def names(found):
    return [one.name for one in found]


def test_a_serverless_endpoint_is_used_from_another_project(ml, other, arm):
    deployed = arm.deploy("shared", TINY_CHAT)
    wanted = ServerlessConnection(name="from-next-door", endpoint=deployed.uri, api_key=deployed.key)
    made = other.connections.create_or_update(wanted)
    assert (made.name, made.type.lower(), made.endpoint) == ("from-next-door", "serverless", deployed.uri)
    assert names(other.connections.list()) == ["from-next-door"]
    assert "from-next-door" not in names(ml.connections.list()), "it is known to one project"

    plain = other.connections.get("from-next-door")
    assert not plain.api_key, "secrets are for those who ask for them"
    found = other.connections.get("from-next-door", populate_secrets=True)
    assert found.api_key == deployed.key
    answer = Deployment(arm.session.verify, found.endpoint, found.api_key).chat("hello")
    assert answer.status_code == 200

    [listed] = other.connections.list(connection_type="serverless", populate_secrets=True)
    assert listed.api_key == deployed.key
    other.connections.delete("from-next-door")
    with pytest.raises(ResourceNotFoundError):
        other.connections.get("from-next-door")
    other.connections.delete("from-next-door")


def test_a_changed_key(other):
    for key in ("first-key", "second-key"):
        other.connections.create_or_update(
            ServerlessConnection(name="changing", endpoint="https://models.test/x", api_key=key)
        )
        assert other.connections.get("changing", populate_secrets=True).api_key == key


def test_other_categories(other, arm):
    plain = WorkspaceConnection(
        name="plain", type="custom", target="https://custom.test", credentials=ApiKeyConfiguration(key="plain-key")
    )
    made = other.connections.create_or_update(plain)
    assert (made.target, made.type.lower()) == ("https://custom.test", "custom")
    services = AzureAIServicesConnection(
        name="services",
        endpoint="https://services.test",
        api_key="services-key",
        ai_services_resource_id=f"{arm.group()}/providers/Microsoft.CognitiveServices/accounts/x",
    )
    assert other.connections.create_or_update(services).ai_services_resource_id.endswith("/accounts/x")
    assert sorted(names(other.connections.list())) == ["plain", "services"]
    assert names(other.connections.list(connection_type="custom_keys")) == ["plain"]
    assert other.connections.get("plain", populate_secrets=True).credentials.key == "plain-key"


def test_no_answer_but_one_holds_a_secret(other, arm, group):
    other.connections.create_or_update(
        ServerlessConnection(name="hiding", endpoint="https://models.test/x", api_key="needle-in-the-hay")
    )
    path = f"{arm.workspace(group.replace('group', 'other'), group)}/connections"
    for answer in (arm.get(path), arm.get(f"{path}/hiding"), arm.get(f"{arm.group(group)}/resources")):
        assert answer.status_code == 200
        assert "needle-in-the-hay" not in answer.text
    told = arm.request("POST", f"{path}/hiding/listsecrets")
    assert told.json()["properties"]["credentials"] == {"key": "needle-in-the-hay"}


def test_what_a_connection_must_have(arm, group):
    workspace = arm.workspace("strict", group)
    body = {"location": "eastus2", "kind": "Project", "properties": {}}
    assert arm.request("PUT", workspace, body).status_code == 201
    good = {"category": "Serverless", "target": "https://a.test", "authType": "ApiKey", "credentials": {"key": "k"}}
    for missing in ("category", "target", "authType"):
        properties = {name: value for name, value in good.items() if name != missing}
        answer = arm.request("PUT", f"{workspace}/connections/wrong", {"properties": properties})
        assert answer.status_code == 400, f"{missing}: {answer.text}"
        assert missing in answer.json()["error"]["message"]
    answer = arm.request("PUT", f"{workspace}/connections/-x", {"properties": good})
    assert answer.status_code == 400
