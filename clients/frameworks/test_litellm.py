"""The unmodified litellm: `azure_ai/` on endpoints and accounts, `azure/` on deployments."""

import json

import litellm
import pytest

from surfaces import call, fail, say, simulate

VERSION = "2024-10-21"
TEXTS = ["the cat sits on the mat", "stock prices fell sharply", "a cat and a mat"]


@pytest.fixture(params=["endpoint", "account", "azure"])
def at(request, surfaces):
    """The arguments that lead to a deployment."""

    def arguments(deployment):
        if request.param == "endpoint":
            found = surfaces.endpoint(deployment)
            return {"model": f"azure_ai/{deployment}", "api_base": found.uri, "api_key": found.key}
        if request.param == "account":
            return {"model": f"azure_ai/{deployment}", "api_base": f"{surfaces.url}/models", "api_key": surfaces.key}
        return {"model": f"azure/{deployment}", "api_base": surfaces.url, "api_key": surfaces.key, "api_version": VERSION}

    return lambda deployment: arguments(deployment) | {"num_retries": 0}


def user(text):
    return [{"role": "user", "content": text}]


def test_an_answer(at):
    answer = litellm.completion(**at("command"), messages=user(say("Hello there.")))
    assert answer.choices[0].message.content == "Hello there." and answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_a_stream(at):
    chunks = list(litellm.completion(**at("command"), messages=user(say("One two three.")), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "One two three."
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_tool(at, weather):
    answer = litellm.completion(**at("command"), messages=user(call("get_weather", city="Paris")), tools=[weather])
    called = answer.choices[0].message.tool_calls[0].function
    assert (called.name, json.loads(called.arguments)) == ("get_weather", {"city": "Paris"})


def test_extra_parameters_are_taken_out_and_asked_again(at):
    """On the inference API litellm reads our sentence, removes what it names and repeats the request."""
    asked = {"n": 1, "user": "me", "logit_bias": {"1": 1}}
    answer = litellm.completion(**at("command"), messages=user(say("Fine.")), **asked)
    assert answer.choices[0].message.content == "Fine."


def test_embeddings(at):
    answer = litellm.embedding(**at("embed"), input=["one", "two"])
    assert [len(item["embedding"]) for item in answer.data] == [16, 16]
    assert answer.usage.prompt_tokens > 0


def test_rerank(surfaces):
    for base, key in ((surfaces.endpoint("rerank").uri, surfaces.endpoint("rerank").key), (f"{surfaces.url}/providers/cohere/v2/rerank", surfaces.key)):
        answer = litellm.rerank(model="azure_ai/rerank", api_base=base, api_key=key, query="cat mat", documents=TEXTS, top_n=2)
        assert {result["index"] for result in answer.results} == {0, 2}
        assert answer.results[0]["document"]["text"] in TEXTS


def test_claude(surfaces):
    # It goes by the name: what begins with claude speaks Messages.
    common = {"model": "azure_ai/claude", "api_base": f"{surfaces.url}/anthropic", "api_key": surfaces.key}
    answer = litellm.completion(**common, messages=user(say("Hello there.")))
    assert answer.choices[0].message.content == "Hello there." and answer.usage.completion_tokens > 0
    chunks = list(litellm.completion(**common, messages=user(say("One two.")), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "One two."


def test_pictures(surfaces):
    answer = litellm.image_generation(model="azure/picture", prompt="a lighthouse", api_base=surfaces.url, api_key=surfaces.key, api_version=VERSION)
    assert answer.data[0].b64_json or answer.data[0].url


def test_the_first_version_of_azure(surfaces):
    answer = litellm.completion(model="azure/command", api_base=surfaces.url, api_key=surfaces.key, api_version="v1", messages=user(say("Hello.")))
    assert answer.choices[0].message.content == "Hello."


def test_errors(at):
    def error(text):
        litellm.completion(**at("command"), messages=user(text), max_retries=0)

    with pytest.raises(litellm.RateLimitError):
        error(fail(429, retry_after=1))
    with pytest.raises((litellm.ServiceUnavailableError, litellm.InternalServerError)):
        error(fail(503))
    with pytest.raises(litellm.BadRequestError):
        error(simulate(content_filter="prompt"))
    with pytest.raises(litellm.AuthenticationError):
        litellm.completion(**(at("command") | {"api_key": "wrong"}), messages=user("hello"))
