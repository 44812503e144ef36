"""Connections of category Serverless, with azure-ai-ml of 2024."""

import pytest
from azure.ai.ml.entities import ServerlessConnection
from azure.core.exceptions import ResourceNotFoundError


def test_a_connection_with_its_secret(ml):
    wanted = ServerlessConnection(name="serverless-2024", endpoint="https://models.test/x", api_key="secret-2024")
    made = ml.connections.create_or_update(wanted)
    assert (made.name, made.endpoint) == ("serverless-2024", "https://models.test/x")
    assert "serverless-2024" in [one.name for one in ml.connections.list()]
    assert not ml.connections.get("serverless-2024").api_key
    assert ml.connections.get("serverless-2024", populate_secrets=True).api_key == "secret-2024"
    ml.connections.delete("serverless-2024")
    with pytest.raises(ResourceNotFoundError):
        ml.connections.get("serverless-2024")
