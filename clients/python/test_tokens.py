"""Access tokens of azure-identity instead of keys, on an endpoint and on an account."""

import time

import openai
import pytest
from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ClientSecretCredential, get_bearer_token_provider

import cupola
import directory

AI_DEVELOPER = "64702f94-c441-49e6-a78b-ef80e0188fee"
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
QUESTION = [UserMessage("What is Cupola?")]


@pytest.fixture(scope="module")
def tokens_only(arm):
    """An endpoint that takes no keys: its path, its Target URI, and a key from before that."""
    path = f"{arm.workspace()}/serverlessEndpoints/tokens-only"

    def put(mode):
        properties = {"modelSettings": {"modelId": cupola.TINY_CHAT}, "authMode": mode}
        assert arm.request("PUT", path, {"location": "eastus2", "properties": properties}).status_code in (200, 201)
        shown = arm.wait_for_endpoint("tokens-only")["properties"]
        assert shown["authMode"] == mode
        return shown["inferenceEndpoint"]["uri"]

    put("KeyAndAAD")
    key = arm.keys("tokens-only")["primaryKey"]
    return path, put("AAD"), key


@pytest.fixture(scope="module")
def application(arm):
    return directory.Application(arm, "asker", role=None)


@pytest.fixture
def credential(application, environment, server):
    return ClientSecretCredential(
        server.client["tenant_id"],
        application.app_id,
        application.secret(),
        authority=environment["CUPOLA_URL"],
        disable_instance_discovery=True,
    )


def soon(ask, refusal):
    """A role that was just given counts within seconds."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return ask()
        except refusal:
            assert time.monotonic() < deadline
            time.sleep(0.5)


def test_an_endpoint_without_keys(arm, application, credential, tokens_only):
    path, uri, key = tokens_only
    client = ChatCompletionsClient(endpoint=uri, credential=credential)

    def ask():
        return client.complete(messages=QUESTION, max_tokens=5)

    with pytest.raises(HttpResponseError) as refused:
        ask()
    assert refused.value.status_code == 403
    assert refused.value.error.code == "PermissionDenied"
    assert application.principal in str(refused.value) and "az role assignment create" in str(refused.value)

    directory.assign(arm, application.principal, AI_DEVELOPER, scope=path)
    assert soon(ask, HttpResponseError).usage.completion_tokens > 0

    with_key = ChatCompletionsClient(endpoint=uri, credential=AzureKeyCredential(key))
    with pytest.raises(ClientAuthenticationError, match="authMode is AAD"):
        with_key.complete(messages=QUESTION, max_tokens=5)
    hidden = arm.request("POST", f"{path}/listKeys")
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (400, "BadRequest")
    elsewhere = ChatCompletionsClient(
        endpoint=uri, credential=credential, credential_scopes=["https://management.azure.com/.default"]
    )
    with pytest.raises(ClientAuthenticationError, match="audience"):
        elsewhere.complete(messages=QUESTION, max_tokens=5)


def test_an_endpoint_that_takes_keys_alone(hello, credential):
    client = ChatCompletionsClient(endpoint=hello.uri, credential=credential)
    with pytest.raises(ClientAuthenticationError, match="authMode is Key"):
        client.complete(messages=QUESTION, max_tokens=5)


def test_an_account(arm, application, credential, group):
    account = f"{arm.group(group)}/providers/Microsoft.CognitiveServices/accounts/{group}"
    body = {"location": "eastus2", "kind": "AIServices", "sku": {"name": "S0"}, "properties": {"disableLocalAuth": True}}
    answer = arm.request("PUT", account, body)
    assert answer.status_code in (200, 201), answer.text
    model = {"format": "Cupola", "name": "tiny-chat", "version": "1"}
    answer = arm.request(
        "PUT",
        f"{account}/deployments/chat",
        {"sku": {"name": "GlobalStandard", "capacity": 10}, "properties": {"model": model}},
    )
    assert answer.status_code in (200, 201), answer.text
    deadline = time.monotonic() + 60
    while arm.get(f"{account}/deployments/chat").json()["properties"]["provisioningState"] != "Succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    provider = get_bearer_token_provider(credential, "https://cognitiveservices.azure.com/.default")
    client = openai.AzureOpenAI(
        base_url=f"{arm.url}/accounts/{group}/openai/deployments/chat",
        azure_ad_token_provider=provider,
        api_version="2024-10-21",
        max_retries=0,
    )

    def ask():
        return client.chat.completions.create(
            model="chat", messages=[{"role": "user", "content": "What is Cupola?"}], max_tokens=5
        )

    with pytest.raises(openai.PermissionDeniedError, match="OpenAI/deployments/chat/completions/action"):
        ask()
    directory.assign(arm, application.principal, OPENAI_USER, scope=account)
    assert soon(ask, openai.PermissionDeniedError).usage.total_tokens > 0
