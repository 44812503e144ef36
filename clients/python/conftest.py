"""Pointing azure-identity and azure-ai-ml at the server."""

import pytest

import cupola
import openid

pytest_plugins = ["cupola_fixtures", "inference_fixtures"]


@pytest.fixture(scope="session")
def credential(environment):
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


@pytest.fixture(scope="session")
def ml(credential, environment, server):
    """MLClient as the documents make it."""
    from azure.ai.ml import MLClient

    return MLClient(
        credential,
        environment["AZURE_SUBSCRIPTION_ID"],
        server.client["resource_group"],
        server.client["workspace"],
    )


@pytest.fixture(scope="session")
def hello(arm):
    """tiny-chat, deployed."""
    return arm.deploy("hello", cupola.TINY_CHAT)


@pytest.fixture(scope="session")
def issuer(arm):
    """Another issuer, which the server was told to trust."""
    started = openid.Issuer(f"{arm.url}/sign-in/callback")
    openid.trust(arm, started)
    yield started
    started.stop()
