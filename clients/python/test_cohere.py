"""The unmodified cohere package: Client and ClientV2 on endpoints of one model, on an account's /providers/cohere, and on
an account's own root."""

import json

import cohere
import pytest

from surfaces import call, fail, say

TEXTS = ["the cat sits on the mat", "stock prices fell sharply", "a cat and a mat"]


@pytest.fixture(params=["endpoint", "provider", "account"])
def at(request, surfaces):
    """Gives a client of either version for a deployment."""

    def client(kind, deployment):
        if request.param == "endpoint":
            found = surfaces.endpoint(deployment)
            return kind(base_url=found.uri, api_key=found.key)
        tail = "/providers/cohere" if request.param == "provider" else ""
        return kind(base_url=f"{surfaces.url}{tail}", api_key=surfaces.key)

    return client


def user(text):
    return [{"role": "user", "content": text}]


def test_chat_of_version_2(at):
    answer = at(cohere.ClientV2, "command").chat(model="command", messages=user(say("Hello there.")), max_tokens=50)
    assert [part.text for part in answer.message.content] == ["Hello there."]
    assert (answer.message.role, answer.finish_reason) == ("assistant", "COMPLETE") and answer.id
    assert answer.usage.tokens.input_tokens > 0 and answer.usage.billed_units.output_tokens > 0


def test_a_stream_of_version_2(at):
    events = list(at(cohere.ClientV2, "command").chat_stream(model="command", messages=user(say("One two three."))))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message-start", "content-start"] and kinds[-2:] == ["content-end", "message-end"]
    assert "".join(event.delta.message.content.text for event in events if event.type == "content-delta") == "One two three."
    assert events[-1].delta.finish_reason == "COMPLETE" and events[-1].delta.usage.tokens.output_tokens > 0


def test_a_tool_of_version_2(at, weather):
    client = at(cohere.ClientV2, "command")
    asked = user(call("get_weather", city="Paris"))
    answer = client.chat(model="command", messages=asked, tools=[weather])
    assert answer.finish_reason == "TOOL_CALL"
    called = answer.message.tool_calls[0]
    assert (called.function.name, json.loads(called.function.arguments)) == ("get_weather", {"city": "Paris"})
    more = [answer.message, {"role": "tool", "tool_call_id": called.id, "content": "sunny"}, *user(say("Sunny."))]
    assert client.chat(model="command", messages=asked + more, tools=[weather]).message.content[0].text == "Sunny."


def test_a_tool_in_a_stream_of_version_2(at, weather):
    events = list(at(cohere.ClientV2, "command").chat_stream(model="command", messages=user(call("get_weather", city="Paris")), tools=[weather]))
    start = next(event for event in events if event.type == "tool-call-start")
    assert start.delta.message.tool_calls.function.name == "get_weather"
    pieces = [event.delta.message.tool_calls.function.arguments for event in events if event.type == "tool-call-delta"]
    assert json.loads((start.delta.message.tool_calls.function.arguments or "") + "".join(pieces)) == {"city": "Paris"}
    assert events[-1].delta.finish_reason == "TOOL_CALL"


def test_chat_of_version_1(at):
    history = [{"role": "USER", "message": "hi"}, {"role": "CHATBOT", "message": "hello"}]
    answer = at(cohere.Client, "command").chat(model="command", message=say("Hello there."), chat_history=history, preamble="Be brief.")
    assert (answer.text, answer.finish_reason) == ("Hello there.", "COMPLETE")
    assert answer.generation_id and answer.meta.billed_units.input_tokens > 0


def test_a_stream_of_version_1(at):
    events = list(at(cohere.Client, "command").chat_stream(model="command", message=say("One two three.")))
    assert [events[0].event_type, events[-1].event_type] == ["stream-start", "stream-end"]
    assert "".join(event.text for event in events if event.event_type == "text-generation") == "One two three."
    assert events[-1].response.text == "One two three." and events[-1].finish_reason == "COMPLETE"


def test_embed_of_version_2(at):
    answer = at(cohere.ClientV2, "embed").embed(
        model="embed", texts=TEXTS, input_type="search_document", embedding_types=["float", "int8", "ubinary"], output_dimension=8
    )
    assert len(answer.embeddings.float_) == 3 and len(answer.embeddings.float_[0]) == 8
    assert all(isinstance(component, int) for component in answer.embeddings.int8[0])
    assert len(answer.embeddings.ubinary[0]) == 1, "eight bits are one byte"
    assert answer.texts == TEXTS and answer.meta.billed_units.input_tokens > 0


def test_embed_of_version_1(at):
    client = at(cohere.Client, "embed")
    plain = client.embed(model="embed", texts=TEXTS, input_type="search_query")
    assert plain.response_type == "embeddings_floats" and len(plain.embeddings) == 3
    typed = client.embed(model="embed", texts=TEXTS, input_type="search_query", embedding_types=["float"])
    assert typed.embeddings.float_[0] == pytest.approx(plain.embeddings[0], abs=1e-6)


def test_rerank(at):
    client = at(cohere.ClientV2, "rerank")
    answer = client.rerank(model="rerank", query="cat mat", documents=TEXTS, top_n=2)
    assert len(answer.results) == 2 and {result.index for result in answer.results} == {0, 2}
    assert answer.results[0].relevance_score >= answer.results[1].relevance_score
    assert answer.meta.billed_units.search_units == 1


def test_rerank_of_version_1(at):
    documents = [{"text": text, "title": "x"} for text in TEXTS]
    answer = at(cohere.Client, "rerank").rerank(model="rerank", query="cat mat", documents=documents, rank_fields=["text"], return_documents=True)
    assert len(answer.results) == 3 and answer.results[-1].index == 1
    assert answer.results[-1].document.text == TEXTS[1]


def test_errors(at, surfaces):
    client = at(cohere.ClientV2, "command")
    with pytest.raises(cohere.errors.BadRequestError) as refused:
        client.chat(model="command", messages=user("hello"), temperature=-1)
    assert "temperature" in refused.value.body["message"]
    for kind in (cohere.Client, cohere.ClientV2):
        with pytest.raises(cohere.errors.UnauthorizedError):
            kind(base_url=surfaces.url, api_key="wrong").rerank(model="rerank", query="cat", documents=TEXTS)
    with pytest.raises(cohere.errors.NotFoundError):
        cohere.ClientV2(base_url=surfaces.url, api_key=surfaces.key).chat(model="absent", messages=user("hello"))


def test_a_refusal_of_the_backend(surfaces):
    client = cohere.ClientV2(base_url=surfaces.url, api_key=surfaces.key)
    for status, error in ((429, cohere.errors.TooManyRequestsError), (503, cohere.errors.ServiceUnavailableError)):
        with pytest.raises(error) as refused:
            client.chat(model="command", messages=user(fail(status, retry_after=1)), request_options={"max_retries": 0})
        assert refused.value.body["message"]
