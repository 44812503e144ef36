"""`workspaces.begin_create(Hub | Project)`: the SDK submits a template of 56 kB, and expects to understand every operation."""

import uuid

import pytest
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Hub, Project, ServerlessEndpoint, Workspace
from azure.core.exceptions import ResourceNotFoundError

from cupola import TINY_CHAT


@pytest.fixture
def client(credential, arm, group):
    return MLClient(credential, arm.client["subscription_id"], group)


def test_a_hub_and_a_project_of_it(client, credential, arm, group):
    hub = client.workspaces.begin_create(
        Hub(name="our-hub", location="eastus2", display_name="Our hub", description="Shared.", tags={"team": "red"})
    ).result()
    assert (hub.name, hub.location, hub.display_name, hub.tags["team"]) == ("our-hub", "eastus2", "Our hub", "red")
    assert isinstance(hub, Hub)
    kinds = {one["type"].lower() for one in arm.get(f"{arm.group(group)}/resources").json()["value"]}
    assert "microsoft.storage/storageaccounts" in kinds and "microsoft.keyvault/vaults" in kinds

    project = client.workspaces.begin_create(Project(name="our-project", hub_id=hub.id)).result()
    assert isinstance(project, Project)
    assert (project.location, project.hub_id.lower()) == ("eastus2", hub.id.lower())
    listed = {one.name: one for one in client.workspaces.list()}
    assert {"our-hub", "our-project"} <= set(listed)
    assert [one.name for one in client.workspaces.list(filtered_kinds=["hub"])] == ["our-hub"]

    ml = MLClient(credential, arm.client["subscription_id"], group, "our-project")
    endpoint = ServerlessEndpoint(name=f"hub-{uuid.uuid4().hex[:6]}", model_id=TINY_CHAT)
    made = ml.serverless_endpoints.begin_create_or_update(endpoint).result()
    assert (made.provisioning_state, made.location) == ("succeeded", "eastus2")

    client.workspaces.begin_delete("our-project", delete_dependent_resources=False).result()
    with pytest.raises(ResourceNotFoundError):
        client.workspaces.get("our-project")
    client.workspaces.begin_delete("our-hub", delete_dependent_resources=False).result()
    assert "our-hub" not in [one.name for one in client.workspaces.list()]


def test_a_plain_workspace_is_made_changed_and_deleted(client):
    made = client.workspaces.begin_create(Workspace(name="plain", location="eastus2", display_name="Plain")).result()
    assert (made.name, made.display_name) == ("plain", "Plain")
    made.display_name, made.description = "Renamed", "Better."
    changed = client.workspaces.begin_update(made).result()
    assert (changed.display_name, changed.description) == ("Renamed", "Better.")
    assert client.workspaces.get("plain").display_name == "Renamed"
    client.workspaces.begin_delete("plain", delete_dependent_resources=False).result()
    with pytest.raises(ResourceNotFoundError):
        client.workspaces.get("plain")
