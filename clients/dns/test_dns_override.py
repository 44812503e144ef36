"""Clients without any setting: the cloud's names lead here, and the certificate is trusted."""

import pytest
import requests
from azure.ai.ml import MLClient
from azure.ai.ml.entities import ServerlessEndpoint
from azure.mgmt.resource.resources import ResourceManagementClient
from conftest import ENDPOINT

from cupola import TINY_CHAT, Deployment


@pytest.fixture
def ml(credential, server):
    client = server.client
    return MLClient(credential, client["subscription_id"], client["resource_group"], client["workspace"])


def test_the_ml_sdk(ml, server):
    name = ENDPOINT.split(".")[0]
    made = ml.serverless_endpoints.begin_create_or_update(ServerlessEndpoint(name=name, model_id=TINY_CHAT)).result()
    assert made.provisioning_state == "succeeded"
    assert made.scoring_uri == f"https://{ENDPOINT}"
    key = ml.serverless_endpoints.get_keys(name).primary_key
    model = Deployment(server.client["ca_bundle_file"], made.scoring_uri, key)
    assert model.chat("hello").status_code == 200
    ml.serverless_endpoints.begin_delete(name).wait()
    assert name not in [one.name for one in ml.serverless_endpoints.list()]


def test_a_registry(credential):
    registry = MLClient(credential, registry_name="azureml-cohere")
    assert "Cohere-command-r-08-2024" in [one.name for one in registry.models.list()]
    latest = registry.models.get("Cohere-command-r-08-2024", label="latest")
    assert latest.id.startswith("azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024/versions/")


def test_the_management_library(credential, server):
    client = ResourceManagementClient(credential, server.client["subscription_id"])
    assert [one.name for one in client.resource_groups.list()] == [server.client["resource_group"]]


def test_the_command_line(az, server):
    [subscription] = az.login()
    assert (subscription["id"], subscription["cloudName"]) == (server.client["subscription_id"], "AzureCloud")
    assert az("group", "list", "--query", "[].name") == [server.client["resource_group"]]
    listed = az("resource", "list", "--resource-type", "Microsoft.MachineLearningServices/workspaces")
    assert server.client["workspace"] in [one["name"] for one in listed]


def test_links_lead_to_the_name_that_was_asked(server, credential):
    token = credential.get_token("https://management.azure.com/.default").token
    group = f"https://management.azure.com/subscriptions/{server.client['subscription_id']}/resourceGroups/short-lived"
    headers, version = {"Authorization": f"Bearer {token}"}, {"api-version": "2024-11-01"}
    made = requests.put(group, params=version, headers=headers, json={"location": "eastus2"}, timeout=30)
    assert made.status_code == 201, made.text
    gone = requests.delete(group, params=version, headers=headers, timeout=30)
    assert gone.status_code == 202
    assert gone.headers["Location"].startswith("https://management.azure.com/")
    assert requests.get(gone.headers["Location"], headers=headers, timeout=30).status_code in (200, 202)
