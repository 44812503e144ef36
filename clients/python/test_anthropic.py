"""The unmodified anthropic package on an account's /anthropic: the plain client and the one for Foundry. Run with the
current major version and, by clients/frameworks, with the one before."""

import asyncio

import anthropic
import pytest
from anthropic import Anthropic, AnthropicFoundry, AsyncAnthropicFoundry

from surfaces import call, fail, say

TOOL = {
    "name": "get_weather",
    "description": "Weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture(params=["plain", "foundry", "root"])
def client(request, surfaces):
    if request.param == "foundry":
        return AnthropicFoundry(base_url=f"{surfaces.url}/anthropic", api_key=surfaces.key, max_retries=0)
    base = f"{surfaces.url}/anthropic" if request.param == "plain" else surfaces.arm.url
    return Anthropic(base_url=base, api_key=surfaces.key, max_retries=0)


def ask(client, text, model="claude", **more):
    return client.messages.create(model=model, max_tokens=200, messages=[{"role": "user", "content": text}], **more)


def test_an_answer(client):
    answer = ask(client, say("Hello there."), system="Be brief.")
    assert [(block.type, block.text) for block in answer.content] == [("text", "Hello there.")]
    assert (answer.type, answer.role, answer.stop_reason, answer.stop_sequence) == ("message", "assistant", "end_turn", None)
    assert answer.id.startswith("msg_") and answer.model == "claude-haiku-4-5"
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    assert answer._request_id


def test_an_answer_of_another_publishers_model(client):
    answer = ask(client, "What is Cupola?", model="chat")
    assert "Cupola" in answer.content[0].text and answer.usage.output_tokens > 0


def test_blocks_of_all_kinds(client):
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}}
    blocks = [picture, {"type": "text", "text": say("A dot."), "cache_control": {"type": "ephemeral"}}]
    answer = ask(client, blocks, system=[{"type": "text", "text": "Look."}], metadata={"user_id": "me"})
    assert answer.content[0].text == "A dot."


def test_a_stream(client):
    with client.messages.stream(model="claude", max_tokens=200, messages=[{"role": "user", "content": say("One two three.")}]) as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_message()
    assert answer.content[0].text == "One two three." and answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 0 and answer.usage.input_tokens > 0
    raw = [kind for kind in kinds if kind.startswith(("message_", "content_block_"))]
    assert raw[:2] == ["message_start", "content_block_start"] and raw[-2:] == ["message_delta", "message_stop"]


def test_a_stream_counts_as_the_whole_does(client):
    asked = {"model": "claude", "max_tokens": 200, "messages": [{"role": "user", "content": say("One two three.")}]}
    with client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message().usage
    whole = client.messages.create(**asked).usage
    assert (streamed.input_tokens, streamed.output_tokens) == (whole.input_tokens, whole.output_tokens)


@pytest.mark.parametrize("streams", [False, True])
def test_a_tool_is_called_and_answered(client, streams):
    asked = [{"role": "user", "content": call("get_weather", city="Zürich")}]
    if streams:
        with client.messages.stream(model="claude", max_tokens=200, messages=asked, tools=[TOOL]) as stream:
            answer = stream.get_final_message()
    else:
        answer = client.messages.create(model="claude", max_tokens=200, messages=asked, tools=[TOOL], tool_choice={"type": "auto"})
    called = answer.content[-1]
    assert answer.stop_reason == "tool_use"
    assert (called.type, called.name, called.input) == ("tool_use", "get_weather", {"city": "Zürich"})
    result = {"type": "tool_result", "tool_use_id": called.id, "content": [{"type": "text", "text": "sunny"}]}
    more = [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result, {"type": "text", "text": say("Sunny.")}]}]
    answer = client.messages.create(model="claude", max_tokens=200, messages=asked + more, tools=[TOOL])
    assert answer.content[0].text == "Sunny." and answer.stop_reason == "end_turn"


def test_the_limit_of_tokens_is_kept(client):
    answer = client.messages.create(model="chat", max_tokens=3, messages=[{"role": "user", "content": "What is Cupola?"}])
    assert answer.stop_reason == "max_tokens" and answer.usage.output_tokens <= 3


def test_tokens_are_counted(surfaces):
    client = Anthropic(base_url=f"{surfaces.url}/anthropic", api_key=surfaces.key, max_retries=0)
    counts = [client.messages.count_tokens(model="claude", messages=[{"role": "user", "content": "word " * n}]).input_tokens for n in (1, 200)]
    assert 0 < counts[0] < counts[1]
    # The embedded engine counts as it will charge.
    asked = {"model": "chat", "system": "Be brief.", "messages": [{"role": "user", "content": "What is Cupola, and what is it for?"}]}
    counted = client.messages.count_tokens(**asked).input_tokens
    usage = client.messages.create(**asked, max_tokens=4).usage
    assert counted == usage.input_tokens + usage.cache_read_input_tokens


def test_an_event_loop(surfaces):
    async def story():
        async with AsyncAnthropicFoundry(base_url=f"{surfaces.url}/anthropic", api_key=surfaces.key) as client:
            answers = await asyncio.gather(*(ask(client, say(f"Answer {at}.")) for at in range(4)))
            return [answer.content[0].text for answer in answers]

    assert asyncio.run(story()) == [f"Answer {at}." for at in range(4)]


def test_errors(client, surfaces):
    with pytest.raises(anthropic.BadRequestError) as refused:
        client.messages.create(model="claude", max_tokens=0, messages=[{"role": "user", "content": "hello"}])
    assert refused.value.body["error"]["type"] == "invalid_request_error" and "max_tokens" in str(refused.value)
    with pytest.raises(anthropic.NotFoundError) as refused:
        ask(client, "hello", model="absent")
    assert refused.value.body["error"]["type"] == "not_found_error" and refused.value.request_id
    with pytest.raises(anthropic.RateLimitError) as refused:
        ask(client, fail(429, retry_after=7))
    assert refused.value.response.headers["retry-after"] == "7"
    with pytest.raises(anthropic.InternalServerError) as refused:
        ask(client, fail(503))
    assert refused.value.body["error"]["type"] in ("api_error", "overloaded_error")


def test_a_wrong_key(surfaces):
    for kind in (Anthropic, AnthropicFoundry):
        client = kind(base_url=f"{surfaces.url}/anthropic", api_key="wrong", max_retries=0)
        with pytest.raises(anthropic.AuthenticationError) as refused:
            ask(client, "hello")
        assert refused.value.body["error"]["type"] == "authentication_error"
