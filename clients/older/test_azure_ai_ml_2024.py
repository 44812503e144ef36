"""The documented flow with azure-ai-ml of 2024: subscribe, deploy, list, get keys, delete."""

import pytest
from azure.ai.ml import MLClient
from azure.ai.ml.entities import MarketplaceSubscription, ServerlessEndpoint
from azure.core.exceptions import ResourceNotFoundError

from cupola import COMMAND_R, Deployment


def names(found):
    return [one.name for one in found]


def test_the_documented_flow(ml, server):
    server.bind_simulator(COMMAND_R)
    wanted = MarketplaceSubscription(model_id=COMMAND_R, name="cohere-2024")
    subscription = ml.marketplace_subscriptions.begin_create_or_update(wanted).result()
    assert subscription.provisioning_state == "succeeded"
    assert subscription.marketplace_plan.offer_id == "cohere-command-r-08-2024-offer"
    assert "cohere-2024" in names(ml.marketplace_subscriptions.list())

    wanted = ServerlessEndpoint(name="command-r-2024", model_id=COMMAND_R)
    endpoint = ml.serverless_endpoints.begin_create_or_update(wanted).result()
    assert endpoint.provisioning_state == "succeeded"
    assert endpoint.as_dict()["system_data"]["created_by_type"]
    assert "command-r-2024" in names(ml.serverless_endpoints.list())
    keys = ml.serverless_endpoints.get_keys("command-r-2024")
    model = Deployment(server.client["ca_bundle_file"], endpoint.scoring_uri, keys.primary_key)
    assert model.chat("hello").status_code == 200

    # This version follows the Location after the status; the answer must not be 404.
    ml.serverless_endpoints.begin_delete("command-r-2024").result()
    with pytest.raises(ResourceNotFoundError):
        ml.serverless_endpoints.get("command-r-2024")
    ml.marketplace_subscriptions.begin_delete("cohere-2024").result()
    with pytest.raises(ResourceNotFoundError):
        ml.marketplace_subscriptions.get("cohere-2024")


def test_regenerating_keys_fails_in_the_client_before_it_asks(ml, arm):
    """A defect of every version of the SDK: the server keeps its keys."""
    from cupola import TINY_CHAT

    deployed = arm.deploy("regenerating-2024", TINY_CHAT)
    with pytest.raises(TypeError):
        ml.serverless_endpoints.begin_regenerate_keys("regenerating-2024").result()
    assert arm.keys("regenerating-2024")["primaryKey"] == deployed.key


def test_models_of_a_registry(environment):
    from azure.identity import DefaultAzureCredential

    registry = MLClient(DefaultAzureCredential(), registry_name="azureml-cohere")
    assert "Cohere-command-r-08-2024" in names(registry.models.list())
    latest = registry.models.get("Cohere-command-r-08-2024", label="latest")
    assert latest.id == f"{COMMAND_R}/versions/{latest.version}"


def test_without_the_name_of_the_cloud_this_version_stays_on_the_public_one(environment, monkeypatch, server):
    """Why `cupola env` sets AZUREML_CURRENT_CLOUD."""
    from azure.identity import DefaultAzureCredential

    monkeypatch.delenv("AZUREML_CURRENT_CLOUD")
    client = MLClient(DefaultAzureCredential(), environment["AZURE_SUBSCRIPTION_ID"], "cupola", "hello-project")
    assert client._base_url == "https://management.azure.com"
    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", environment["AZUREML_CURRENT_CLOUD"])
    client = MLClient(DefaultAzureCredential(), environment["AZURE_SUBSCRIPTION_ID"], "cupola", "hello-project")
    assert client._base_url == server.client["url"]
