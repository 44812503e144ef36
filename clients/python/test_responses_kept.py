"""Responses that are kept, by the unmodified openai package: gone on from, read again, listed, deleted, and by whom."""

import openai
import pytest
from openai import AzureOpenAI, OpenAI

from surfaces import PROJECT, call, say


def plain(base, key):
    return OpenAI(base_url=base, api_key=key, max_retries=0)


@pytest.fixture(params=["account", "project", "root", "Azure", "endpoint"])
def keeper(request, surfaces):
    """The same client, by each of the addresses where responses are."""
    if request.param == "account":
        return plain(f"{surfaces.url}/openai/v1", surfaces.key)
    if request.param == "project":
        return plain(f"{surfaces.url}/api/projects/{PROJECT}/openai/v1", surfaces.key)
    if request.param == "root":
        return plain(f"{surfaces.arm.url}/v1", surfaces.key)
    if request.param == "Azure":
        return AzureOpenAI(azure_endpoint=surfaces.url, api_key=surfaces.key, api_version="2025-04-01-preview", max_retries=0)
    endpoint = surfaces.endpoint("command")
    return plain(f"{endpoint.uri}/v1", endpoint.key)


@pytest.fixture
def account(surfaces):
    return plain(f"{surfaces.url}/openai/v1", surfaces.key)


def texts(items):
    return [item.content[0].text for item in items]


def test_a_conversation_is_kept(keeper):
    first = keeper.responses.create(model="command", input=say("I am one."), instructions="Be brief.", metadata={"a": "b"})
    assert first.store is True
    assert keeper.responses.retrieve(first.id) == first
    second = keeper.responses.create(model="command", input=say("I am two."), previous_response_id=first.id)
    third = keeper.responses.create(model="command", input=say("I am three."), previous_response_id=second.id)
    assert (third.output_text, third.previous_response_id, third.instructions) == ("I am three.", second.id, None)
    # What was said before is read again, and counted.
    assert first.usage.input_tokens < second.usage.input_tokens < third.usage.input_tokens
    listed = list(keeper.responses.input_items.list(third.id, order="asc", limit=2))
    assert texts(listed) == [say("I am one."), "I am one.", say("I am two."), "I am two.", say("I am three.")]
    assert [item.role for item in listed] == ["user", "assistant"] * 2 + ["user"]
    newest = keeper.responses.input_items.list(third.id)
    assert newest.data == list(reversed(listed)) and not newest.has_more
    keeper.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError):
        keeper.responses.retrieve(second.id)
    with pytest.raises(openai.BadRequestError) as refused:
        keeper.responses.create(model="command", input="x", previous_response_id=third.id)
    assert (refused.value.code, refused.value.param) == ("previous_response_not_found", "previous_response_id")
    assert keeper.responses.retrieve(third.id).output_text == "I am three."


def test_a_streamed_response_is_kept_when_it_is_whole(keeper):
    events = list(keeper.responses.create(model="command", input=say("One two three."), stream=True))
    whole = events[-1].response
    assert keeper.responses.retrieve(whole.id) == whole
    with keeper.responses.stream(model="command", input=say("Four."), previous_response_id=whole.id) as stream:
        final = stream.get_final_response()
    assert final.output_text == "Four." and final.usage.input_tokens > whole.usage.input_tokens
    assert texts(keeper.responses.input_items.list(final.id, order="asc"))[:2] == [say("One two three."), "One two three."]


def test_a_tool_is_answered_by_the_id_of_its_call(account, weather):
    tool = {"type": "function", "strict": False} | weather["function"]
    asked = account.responses.create(model="command", input=call("get_weather", city="Paris"), tools=[tool])
    called = asked.output[-1]
    output = [{"type": "function_call_output", "call_id": called.call_id, "output": "sunny"}, {"role": "user", "content": say("Sunny.")}]
    answer = account.responses.create(model="command", input=output, tools=[tool], previous_response_id=asked.id)
    assert answer.output_text == "Sunny."
    kinds = [item.type for item in account.responses.input_items.list(answer.id, order="asc")]
    assert kinds == ["message", "function_call", "function_call_output", "message"]


def test_the_model_of_a_conversation_may_change(account):
    first = account.responses.create(model="command", input=say("I am one."))
    answer = account.responses.create(model="chat", input="Say hello.", previous_response_id=first.id, max_output_tokens=16)
    assert answer.usage.input_tokens > first.usage.input_tokens


def test_what_is_not_stored_is_not_there(account):
    answer = account.responses.create(model="command", input=say("Secret."), store=False)
    assert answer.store is False
    with pytest.raises(openai.NotFoundError) as refused:
        account.responses.retrieve(answer.id)
    assert answer.id in refused.value.message
    with pytest.raises(openai.BadRequestError):
        account.responses.create(model="command", input="x", previous_response_id=answer.id)


def test_what_is_not_made_in_the_background_is_neither_cancelled_nor_streamed_again(account):
    answer = account.responses.create(model="command", input=say("Done."))
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        account.responses.cancel(answer.id)
    with pytest.raises(openai.BadRequestError, match="background"):
        account.responses.retrieve(answer.id, stream=True)
    with pytest.raises(openai.BadRequestError, match="limit is '101'"):
        account.responses.input_items.list(answer.id, limit=101)


def test_a_response_is_its_sites(surfaces, account):
    answer = account.responses.create(model="command", input=say("Mine."))
    second = plain(f"{surfaces.url}/openai/v1", surfaces.second_key)
    assert second.responses.retrieve(answer.id) == answer
    endpoint = surfaces.endpoint("command")
    other = plain(f"{endpoint.uri}/v1", endpoint.key)
    for attempt in (other.responses.retrieve, other.responses.delete, other.responses.cancel, lambda id: other.responses.input_items.list(id)):
        with pytest.raises(openai.NotFoundError):
            attempt(answer.id)
    wrong = plain(f"{surfaces.url}/openai/v1", "wrong")
    for attempt in (wrong.responses.retrieve, wrong.responses.delete, wrong.responses.cancel, lambda id: wrong.responses.input_items.list(id)):
        with pytest.raises(openai.AuthenticationError):
            attempt(answer.id)
    assert account.responses.retrieve(answer.id) == answer


def test_no_part_of_a_response_can_be_read_from_the_store_alone(surfaces, account):
    answer = account.responses.create(model="command", input=say("The eagle lands at noon."))
    for file in surfaces.server.data_dir.glob("cupola.db*"):
        assert b"The eagle lands" not in file.read_bytes(), file
    assert account.responses.retrieve(answer.id).output_text == "The eagle lands at noon."
