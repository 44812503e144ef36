"""What the stories of all inference clients share."""

import pytest

import surfaces as made


@pytest.fixture(scope="session")
def surfaces(server, arm, environment):
    """An account and endpoints with something behind every surface."""
    return made.Surfaces(server, arm)


@pytest.fixture(scope="session")
def weather():
    """A tool as OpenAI describes it."""
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": "get_weather", "description": "Weather of a city", "parameters": parameters}}
