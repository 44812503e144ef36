"""The unmodified openai package on every surface that speaks OpenAI: accounts, projects, the root, deployments of Azure
OpenAI. Run with the current major version and, by clients/frameworks, with the one before."""

import asyncio
import base64
import json
import re
import struct
from typing import Literal

import openai
import pytest
from openai import AsyncAzureOpenAI, AzureOpenAI, OpenAI
from pydantic import BaseModel

from surfaces import PROJECT, call, fail, say, simulate

VERSION = "2024-10-21"


def plain(surfaces, base):
    return OpenAI(base_url=f"{base}", api_key=surfaces.key, max_retries=0)


@pytest.fixture(params=["account", "second key", "project", "root", "deployments", "deployments of v1"])
def client(request, surfaces):
    """The same client of the same deployments, by each of the addresses that lead to them."""
    if request.param == "account":
        return plain(surfaces, f"{surfaces.url}/openai/v1")
    if request.param == "second key":
        return OpenAI(base_url=f"{surfaces.url}/openai/v1/", api_key=surfaces.second_key, max_retries=0)
    if request.param == "project":
        return plain(surfaces, f"{surfaces.url}/api/projects/{PROJECT}/openai/v1")
    if request.param == "root":
        return plain(surfaces, f"{surfaces.arm.url}/v1")
    if request.param == "deployments of v1":
        return AzureOpenAI(base_url=f"{surfaces.url}/openai/v1/", api_key=surfaces.key, api_version=VERSION, max_retries=0)
    return AzureOpenAI(azure_endpoint=surfaces.url, api_key=surfaces.key, api_version=VERSION, max_retries=0)


@pytest.fixture
def azure(surfaces):
    return AzureOpenAI(azure_endpoint=surfaces.url, api_key=surfaces.key, api_version=VERSION, max_retries=0)


@pytest.fixture
def account(surfaces):
    return plain(surfaces, f"{surfaces.url}/openai/v1")


def user(text):
    return [{"role": "user", "content": text}]


def is_sum(usage):
    return usage.total_tokens == usage.prompt_tokens + usage.completion_tokens and usage.prompt_tokens > 0


def test_an_answer(client):
    answer = client.chat.completions.create(model="command", messages=user(say("Hello there.")))
    assert answer.choices[0].message.content == "Hello there."
    assert (answer.object, answer.choices[0].finish_reason) == ("chat.completion", "stop")
    assert answer.model == "Cohere-command-r-plus-08-2024"
    assert re.fullmatch(r"chatcmpl-[0-9A-Za-z]{29}", answer.id)
    assert is_sum(answer.usage) and answer.usage.completion_tokens > 0
    assert answer._request_id


def test_an_answer_of_a_real_model(client):
    answer = client.chat.completions.create(model="chat", messages=user("What is Cupola?"), max_tokens=40, seed=1)
    assert "Cupola" in answer.choices[0].message.content
    assert answer.model == "tiny-chat" and is_sum(answer.usage)


@pytest.mark.parametrize("wanted", [True, False])
def test_an_answer_that_streams(client, wanted):
    asked = {"stream_options": {"include_usage": True}} if wanted else {}
    chunks = list(client.chat.completions.create(model="command", messages=user(say("One two three four.")), stream=True, **asked))
    with_choices = [chunk for chunk in chunks if chunk.choices]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in with_choices) == "One two three four."
    assert with_choices[0].choices[0].delta.role == "assistant"
    assert with_choices[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in with_choices}) == 1
    if wanted:
        assert chunks[-1].choices == [] and is_sum(chunks[-1].usage)
        assert all(chunk.usage is None for chunk in chunks[:-1])
    else:
        assert all(chunk.usage is None for chunk in chunks)


def test_a_tool_is_called_and_answered(client, weather):
    asked = user(call("get_weather", city="Paris"))
    answer = client.chat.completions.create(model="command", messages=asked, tools=[weather])
    assert answer.choices[0].finish_reason == "tool_calls"
    called = answer.choices[0].message.tool_calls[0]
    assert (called.type, called.function.name, json.loads(called.function.arguments)) == ("function", "get_weather", {"city": "Paris"})
    more = [answer.choices[0].message, {"role": "tool", "tool_call_id": called.id, "content": "sunny"}, *user(say("Sunny."))]
    assert client.chat.completions.create(model="command", messages=asked + more, tools=[weather]).choices[0].message.content == "Sunny."


def test_a_tool_is_called_in_a_stream(client, weather):
    stream = client.chat.completions.create(model="command", messages=user(call("get_weather", city="Zürich")), tools=[weather], stream=True)
    deltas = [chunk.choices[0] for chunk in stream if chunk.choices]
    calls = [one for delta in deltas for one in delta.delta.tool_calls or []]
    assert calls[0].function.name == "get_weather" and calls[0].id and calls[0].index == 0
    assert json.loads("".join(one.function.arguments or "" for one in calls)) == {"city": "Zürich"}
    assert deltas[-1].finish_reason == "tool_calls"


def test_an_answer_in_a_schema(account):
    class Place(BaseModel):
        city: Literal["Paris", "Rome"]
        is_capital: bool

    answer = account.chat.completions.parse(model="chat", messages=user("Name a city."), response_format=Place, max_tokens=200)
    assert isinstance(answer.choices[0].message.parsed, Place)


def test_a_real_model_calls_the_tool_it_must(account):
    parameters = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": parameters}}
    choice = {"type": "function", "function": {"name": "get_weather"}}
    asked = {"model": "chat", "messages": user("Weather in Paris?"), "tools": [tool], "tool_choice": choice, "max_tokens": 200}
    called = account.chat.completions.create(**asked).choices[0].message.tool_calls[0].function
    assert called.name == "get_weather" and json.loads(called.arguments)["city"] in ("Paris", "Rome")


def test_what_is_not_supported_is_ignored(client):
    answer = client.chat.completions.create(
        model="command",
        messages=[{"role": "developer", "content": "Be brief."}, *user(say("Fine."))],
        **{"n": 1, "logit_bias": {"1": 2}, "user": "me", "parallel_tool_calls": True, "max_completion_tokens": 50},
        **{"metadata": {"a": "b"}, "store": False, "service_tier": "auto", "reasoning_effort": "low", "verbosity": "low"},
        **{"temperature": 2, "stop": "never", "frequency_penalty": 1, "presence_penalty": -1, "safety_identifier": "me"},
    )
    assert answer.choices[0].message.content == "Fine."


@pytest.mark.parametrize("encoding", [None, "float", "base64"])
def test_embeddings(client, encoding):
    asked = {} if encoding is None else {"encoding_format": encoding}
    answer = client.embeddings.create(model="embed", input=["one", "two", "one"], **asked)
    vectors = [item.embedding for item in answer.data]
    if encoding == "base64":
        vectors = [list(struct.unpack("<16f", base64.b64decode(vector, validate=True))) for vector in vectors]
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert vectors[0] == vectors[2] != vectors[1] and len(vectors[0]) == 16
    assert abs(sum(component**2 for component in vectors[0]) - 1) < 1e-5
    assert answer.usage.total_tokens == answer.usage.prompt_tokens > 0


def test_embeddings_are_the_same_numbers_in_both_encodings(account):
    base64s, floats = (account.embeddings.create(model="embed", input="x", **asked).data[0].embedding for asked in ({}, {"encoding_format": "float"}))
    assert base64s == pytest.approx(floats, abs=1e-7)


def test_fewer_dimensions(account):
    assert len(account.embeddings.create(model="embed", input="x", dimensions=4).data[0].embedding) == 4


def test_completions(client):
    answer = client.completions.create(model="command", prompt=say("and ever after"), max_tokens=20)
    assert (answer.object, answer.choices[0].text, answer.choices[0].finish_reason) == ("text_completion", "and ever after", "stop")
    assert is_sum(answer.usage)
    streamed = list(client.completions.create(model="command", prompt=say("and ever after"), stream=True))
    assert "".join(chunk.choices[0].text for chunk in streamed if chunk.choices) == "and ever after"


def test_pictures(client):
    answer = client.images.generate(model="picture", prompt="a lighthouse", n=2, response_format="b64_json")
    assert len(answer.data) == 2 and answer.created
    assert all(base64.b64decode(one.b64_json).startswith(b"\x89PNG") for one in answer.data)


def test_the_list_of_models(client):
    listed = [model.id for model in client.models.list()]
    assert {"chat", "command", "claude", "embed", "rerank", "picture"} <= set(listed)
    assert client.models.retrieve("command").object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("absent")


def test_a_response(client):
    answer = client.responses.create(model="command", input=say("Hello there."), instructions="Be brief.", metadata={"a": "b"})
    assert answer.output_text == "Hello there." and answer.status == "completed"
    assert answer.id.startswith("resp_") and answer.output[0].type == "message" and answer.output[0].id
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert (answer.instructions, answer.metadata) == ("Be brief.", {"a": "b"})


def test_a_response_that_streams(client):
    events = list(client.responses.create(model="command", input=user(say("One two three.")), stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed"
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "One two three."
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.output_text == "One two three." and events[-1].response.usage.output_tokens > 0


def test_the_helper_of_streamed_responses(client):
    with client.responses.stream(model="command", input=say("One two three.")) as stream:
        assert "response.output_text.done" in [event.type for event in stream]
        assert stream.get_final_response().output_text == "One two three."


def test_a_response_calls_a_tool(client, weather):
    tool = {"type": "function", "strict": False} | weather["function"]
    asked = [{"role": "user", "content": call("get_weather", city="Paris")}]
    answer = client.responses.create(model="command", input=asked, tools=[tool])
    called = answer.output[-1]
    assert (called.type, called.name, json.loads(called.arguments)) == ("function_call", "get_weather", {"city": "Paris"})
    assert answer.tools[0].name == "get_weather"
    more = [called.to_dict(), {"type": "function_call_output", "call_id": called.call_id, "output": "sunny"}, *user(say("Sunny."))]
    assert client.responses.create(model="command", input=asked + more, tools=[tool]).output_text == "Sunny."


def test_a_response_in_a_schema(account):
    class Place(BaseModel):
        city: Literal["Paris", "Rome"]

    answer = account.responses.parse(model="chat", input="Name a city.", text_format=Place, max_output_tokens=200)
    assert isinstance(answer.output_parsed, Place)


def test_a_response_that_is_cut(account):
    answer = account.responses.create(model="chat", input="Tell me everything about Cupola.", max_output_tokens=16)
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"


def test_an_event_loop(surfaces):
    async def story():
        async with AsyncAzureOpenAI(azure_endpoint=surfaces.url, api_key=surfaces.key, api_version=VERSION, azure_deployment="command") as client:
            answers = await asyncio.gather(*(client.chat.completions.create(model="ignored", messages=user(say(f"Answer {at}."))) for at in range(8)))
            stream = await client.chat.completions.create(model="ignored", messages=user(say("One two.")), stream=True)
            return [answer.choices[0].message.content for answer in answers], [chunk async for chunk in stream]

    said, chunks = asyncio.run(story())
    assert said == [f"Answer {at}." for at in range(8)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "One two."


def test_a_wrong_key(surfaces):
    for client in (
        AzureOpenAI(azure_endpoint=surfaces.url, api_key="wrong", api_version=VERSION, max_retries=0),
        OpenAI(base_url=f"{surfaces.url}/openai/v1", api_key="wrong", max_retries=0),
        OpenAI(base_url=f"{surfaces.arm.url}/v1", api_key="wrong", max_retries=0),
    ):
        with pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(model="command", messages=user("hello"))
        assert refused.value.status_code == 401


def test_a_deployment_that_is_not_there(azure, account):
    with pytest.raises(openai.NotFoundError) as refused:
        azure.chat.completions.create(model="absent", messages=user("hello"))
    assert refused.value.code == "DeploymentNotFound"
    with pytest.raises(openai.NotFoundError) as refused:
        account.chat.completions.create(model="absent", messages=user("hello"))
    assert isinstance(refused.value.code, str) and "absent" in refused.value.message


def test_what_a_model_cannot_do(client):
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model="embed", messages=user("hello"))
    assert 400 <= refused.value.status_code < 500


def test_a_request_that_breaks_a_rule(client):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="command", messages=user("hello"), temperature=9)
    assert "temperature" in refused.value.message and refused.value.type == "invalid_request_error"


def test_the_prompt_is_filtered(client):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="command", messages=user(simulate(content_filter="prompt")))
    assert refused.value.code == "content_filter"


def test_the_completion_is_filtered(client):
    answer = client.chat.completions.create(model="command", messages=user(simulate(content_filter="completion")))
    assert answer.choices[0].finish_reason == "content_filter"


def test_the_backend_fails(client):
    with pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(model="command", messages=user(fail(429, retry_after=7)))
    assert refused.value.response.headers["retry-after"] == "7"
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="command", messages=user(fail(503)))


def test_a_stream_that_breaks_off(client):
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model="command", messages=user(simulate(break_after=3)), stream=True))
