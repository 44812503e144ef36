"""The clients of 2024 need one variable more than those of today: the cloud's name in the metadata document."""

import pytest

pytest_plugins = ["cupola_fixtures"]


@pytest.fixture(scope="session")
def credential(environment):
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


@pytest.fixture(scope="session")
def ml(credential, environment, server):
    from azure.ai.ml import MLClient

    return MLClient(
        credential,
        environment["AZURE_SUBSCRIPTION_ID"],
        server.client["resource_group"],
        server.client["workspace"],
    )
