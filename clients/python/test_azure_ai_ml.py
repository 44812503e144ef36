"""The documented flow with the unmodified azure-ai-ml: subscribe, deploy, list, get keys, delete."""

import pytest
from azure.ai.ml import MLClient
from azure.ai.ml.entities import MarketplaceSubscription, ServerlessEndpoint
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from cupola import COMMAND_R, TINY_CHAT, Deployment


@pytest.fixture(scope="module", autouse=True)
def command_r(server):
    server.bind_simulator(COMMAND_R)


def subscribe(ml, name="cohere-command-r"):
    wanted = MarketplaceSubscription(model_id=COMMAND_R, name=name)
    return ml.marketplace_subscriptions.begin_create_or_update(wanted).result()


def deploy(ml, name, model_id=COMMAND_R):
    return ml.serverless_endpoints.begin_create_or_update(ServerlessEndpoint(name=name, model_id=model_id)).result()


def names(found):
    return [one.name for one in found]


def test_the_documented_flow(ml):
    subscription = subscribe(ml)
    assert subscription.status == "subscribed"
    assert subscription.provisioning_state == "succeeded"
    assert subscription.marketplace_plan.publisher_id == "cohere"
    assert subscription.marketplace_plan.offer_id == "cohere-command-r-08-2024-offer"
    assert subscription.marketplace_plan.plan_id == "cohere-command-r-08-2024-plan"
    assert subscription.as_dict()["model_id"] == COMMAND_R
    assert "cohere-command-r" in names(ml.marketplace_subscriptions.list())
    assert ml.marketplace_subscriptions.get("cohere-command-r").model_id == COMMAND_R

    endpoint = deploy(ml, "command-r-qwerty")
    assert endpoint.provisioning_state == "succeeded"
    assert endpoint.location == "eastus2"
    assert endpoint.scoring_uri.startswith("https://")
    assert endpoint.as_dict()["system_data"]["created_by_type"]
    assert "command-r-qwerty" in names(ml.serverless_endpoints.list())
    assert ml.serverless_endpoints.get("command-r-qwerty").scoring_uri == endpoint.scoring_uri

    keys = ml.serverless_endpoints.get_keys("command-r-qwerty")
    assert keys.primary_key and keys.secondary_key and keys.primary_key != keys.secondary_key
    for key in (keys.primary_key, keys.secondary_key):
        answer = Deployment(None, endpoint.scoring_uri, key)
        answer.session.trust_env = True
        assert answer.chat("hello").status_code == 200

    ml.serverless_endpoints.begin_delete("command-r-qwerty").wait()
    with pytest.raises(ResourceNotFoundError):
        ml.serverless_endpoints.get("command-r-qwerty")
    assert "command-r-qwerty" not in names(ml.serverless_endpoints.list())
    ml.marketplace_subscriptions.begin_delete("cohere-command-r").wait()
    with pytest.raises(ResourceNotFoundError):
        ml.marketplace_subscriptions.get("cohere-command-r")
    assert "cohere-command-r" not in names(ml.marketplace_subscriptions.list())


def test_a_partner_model_without_a_subscription_is_refused_with_the_way_out(ml):
    with pytest.raises(HttpResponseError) as refused:
        deploy(ml, "too-early")
    assert refused.value.status_code == 400
    assert "marketplace subscription" in str(refused.value)
    assert COMMAND_R in str(refused.value)


def test_without_its_subscription_an_endpoint_is_unusable_and_a_new_one_heals_it(ml, arm):
    subscribe(ml)
    endpoint = deploy(ml, "healing")
    key = ml.serverless_endpoints.get_keys("healing").primary_key
    model = Deployment(arm.session.verify, endpoint.scoring_uri, key)
    assert model.chat("hello").status_code == 200

    ml.marketplace_subscriptions.begin_delete("cohere-command-r").wait()
    seen = arm.endpoint("healing").json()["properties"]
    assert (seen["endpointState"], seen["provisioningState"]) == ("Suspended", "Succeeded")
    refused = model.chat("hello")
    assert refused.status_code in (403, 424, 503), refused.text
    assert "subscription" in refused.json()["error"]["message"]

    subscribe(ml, "cohere-again")
    assert arm.endpoint("healing").json()["properties"]["endpointState"] == "Online"
    assert ml.serverless_endpoints.get_keys("healing").primary_key == key, "healing keeps the keys"
    assert model.chat("hello").status_code == 200

    ml.serverless_endpoints.begin_delete("healing").wait()
    ml.marketplace_subscriptions.begin_delete("cohere-again").wait()


def test_a_model_that_is_sold_directly_takes_no_subscription(ml):
    with pytest.raises(HttpResponseError) as refused:
        wanted = MarketplaceSubscription(model_id=TINY_CHAT, name="needless")
        ml.marketplace_subscriptions.begin_create_or_update(wanted).result()
    assert refused.value.status_code == 400
    assert "Model mapping properties not found" in str(refused.value)


def test_an_unbound_model_is_refused_with_the_command_that_binds_it(ml):
    model_id = "azureml://registries/azureml/models/Phi-4"
    with pytest.raises(HttpResponseError) as refused:
        deploy(ml, "unbound", model_id)
    assert refused.value.status_code in (400, 409)
    assert "cupola catalog bind" in str(refused.value)


def test_deleting_what_is_not_there_is_done(ml):
    ml.serverless_endpoints.begin_delete("never-was").wait()
    ml.marketplace_subscriptions.begin_delete("never-was").wait()


def test_creating_twice_changes_nothing(ml):
    first = deploy(ml, "twice", TINY_CHAT)
    keys = ml.serverless_endpoints.get_keys("twice")
    second = deploy(ml, "twice", TINY_CHAT)
    assert (first.id, first.scoring_uri) == (second.id, second.scoring_uri)
    assert ml.serverless_endpoints.get_keys("twice").primary_key == keys.primary_key
    ml.serverless_endpoints.begin_delete("twice").wait()


def test_the_workspace_is_there(ml, server):
    workspace = ml.workspaces.get(server.client["workspace"])
    assert workspace.location == "eastus2"
    assert server.client["workspace"] in names(ml.workspaces.list())


def test_models_of_a_registry_are_listed_and_found(credential):
    registry = MLClient(credential, registry_name="azureml-cohere")
    listed = names(registry.models.list())
    assert "Cohere-command-r-08-2024" in listed
    versions = list(registry.models.list(name="Cohere-command-r-08-2024"))
    assert len(versions) == 1
    latest = registry.models.get("Cohere-command-r-08-2024", label="latest")
    assert latest.id == f"{COMMAND_R}/versions/{latest.version}"
    assert registry.models.get("Cohere-command-r-08-2024", version=latest.version).id == latest.id
    with pytest.raises(ResourceNotFoundError):
        registry.models.get("no-such-model", version="1")
