"""The unmodified azure-ai-inference on an account's /models and on endpoints: chat, embeddings, images, model info, in
both of its flavours."""

import asyncio
import base64
import json
import struct

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient, load_client
from azure.ai.inference.aio import ChatCompletionsClient as AsyncChat
from azure.ai.inference.aio import EmbeddingsClient as AsyncEmbeddings
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolDefinition,
    FunctionDefinition,
    ImageContentItem,
    ImageEmbeddingInput,
    ImageUrl,
    JsonSchemaFormat,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from surfaces import call, fail, say, simulate

PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(params=["endpoint", "account"])
def at(request, surfaces):
    """Gives a client of a class for a deployment."""

    def client(kind, deployment):
        if request.param == "endpoint":
            found = surfaces.endpoint(deployment)
            return kind(endpoint=found.uri, credential=AzureKeyCredential(found.key))
        return kind(endpoint=f"{surfaces.url}/models", credential=AzureKeyCredential(surfaces.key), model=deployment.upper())

    return client


def is_id(text):
    return len(text.replace("-", "")) == 32 and int(text.replace("-", ""), 16) >= 0


def tool(weather):
    function = weather["function"]
    return ChatCompletionsToolDefinition(function=FunctionDefinition(name=function["name"], parameters=function["parameters"]))


def test_an_answer(at):
    parts = [TextContentItem(text=say("Hello there.")), ImageContentItem(image_url=ImageUrl(url=PNG, detail="low"))]
    answer = at(ChatCompletionsClient, "command").complete(messages=[SystemMessage("Be brief."), UserMessage(parts)], temperature=0.5, seed=1)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Hello there.", "stop")
    assert is_id(answer.id) and answer.model == "Cohere-command-r-plus-08-2024"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert "content_filter_results" not in json.dumps(answer.as_dict()), "annotations are Azure OpenAI's"


def test_a_stream(at):
    updates = list(at(ChatCompletionsClient, "command").complete(messages=[UserMessage(say("One two three."))], stream=True))
    assert "".join(update.choices[0].delta.content for update in updates) == "One two three."
    assert updates[0].choices[0].delta.role == "assistant" and is_id(updates[0].id)
    assert [update.choices[0].finish_reason for update in updates] == [None] * (len(updates) - 1) + ["stop"]
    assert updates[-1].usage.total_tokens == updates[-1].usage.prompt_tokens + updates[-1].usage.completion_tokens
    assert all(update.usage is None for update in updates[:-1]) and len({update.id for update in updates}) == 1


@pytest.mark.parametrize("streams", [False, True])
def test_a_tool_is_called_and_answered(at, weather, streams):
    client = at(ChatCompletionsClient, "command")
    asked = [UserMessage(call("get_weather", city="Zürich"))]
    if streams:
        updates = [update.choices[0] for update in client.complete(messages=asked, tools=[tool(weather)], stream=True)]
        calls = [one for update in updates for one in update.delta.tool_calls or []]
        found = calls[0].id, calls[0].function.name, "".join(one.function.arguments or "" for one in calls)
        assert updates[-1].finish_reason == "tool_calls"
    else:
        choice = client.complete(messages=asked, tools=[tool(weather)]).choices[0]
        one = choice.message.tool_calls[0]
        found = one.id, one.function.name, one.function.arguments
        assert choice.finish_reason == "tool_calls"
    assert found[0] and found[1] == "get_weather" and json.loads(found[2]) == {"city": "Zürich"}
    called = {"id": found[0], "type": "function", "function": {"name": found[1], "arguments": found[2]}}
    more = [AssistantMessage(tool_calls=[called]), ToolMessage(content="sunny", tool_call_id=found[0]), UserMessage(say("Sunny."))]
    assert client.complete(messages=asked + more, tools=[tool(weather)]).choices[0].message.content == "Sunny."


def test_a_real_model_keeps_to_a_schema_and_calls_what_it_must(hello, environment):
    client = ChatCompletionsClient(endpoint=hello.uri, credential=AzureKeyCredential(hello.key))
    schema = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"], "additionalProperties": False}
    wanted = JsonSchemaFormat(name="place", schema=schema, strict=True)
    answer = client.complete(messages=[UserMessage("Name a city.")], response_format=wanted, max_tokens=100)
    assert json.loads(answer.choices[0].message.content)["city"] in ("Paris", "Rome")
    definition = ChatCompletionsToolDefinition(function=FunctionDefinition(name="choose", parameters=schema))
    choice = ChatCompletionsNamedToolChoice(function=ChatCompletionsNamedToolChoiceFunction(name="choose"))
    answer = client.complete(messages=[UserMessage("Choose.")], tools=[definition], tool_choice=choice, max_tokens=100)
    called = answer.choices[0].message.tool_calls[0].function
    assert called.name == "choose" and json.loads(called.arguments)["city"] in ("Paris", "Rome")


@pytest.mark.parametrize("encoding", [None, "float", "base64", "int8", "ubinary"])
def test_embeddings(at, encoding):
    answer = at(EmbeddingsClient, "embed").embed(input=["one", "two", "one"], encoding_format=encoding, input_type="document")
    vectors = [item.embedding for item in answer.data]
    assert vectors[0] == vectors[2] != vectors[1] and [item.index for item in answer.data] == [0, 1, 2]
    assert is_id(answer.id) and answer.usage.total_tokens == answer.usage.prompt_tokens > 0
    if encoding in ("int8", "ubinary"):
        assert all(isinstance(component, int) for component in vectors[0])
        assert len(vectors[0]) == (16 if encoding == "int8" else 2)
        return
    if encoding == "base64":
        vectors[0] = struct.unpack("<16f", base64.b64decode(vectors[0], validate=True))
    assert abs(sum(component**2 for component in vectors[0]) - 1) < 1e-5


def test_embeddings_of_images(at):
    answer = at(ImageEmbeddingsClient, "embed").embed(input=[ImageEmbeddingInput(image=PNG), ImageEmbeddingInput(image=PNG, text="a dot")])
    assert len(answer.data) == 2 and len(answer.data[0].embedding) == 16 and is_id(answer.id)


def test_fewer_dimensions(at):
    assert len(at(EmbeddingsClient, "embed").embed(input=["x"], dimensions=4).data[0].embedding) == 4


def test_the_client_is_chosen_by_what_the_model_is(surfaces):
    for deployment, kind in (("command", ChatCompletionsClient), ("embed", EmbeddingsClient)):
        found = surfaces.endpoint(deployment)
        client = load_client(endpoint=found.uri, credential=AzureKeyCredential(found.key))
        assert isinstance(client, kind)
        assert client.get_model_info().model_provider_name == "Cohere"


def test_parameters_that_nobody_defines(at):
    client = at(ChatCompletionsClient, "command")
    asked = {"messages": [UserMessage(say("Fine."))], "model_extras": {"n": 1, "safe_prompt": True}}
    assert client.complete(**asked).choices[0].message.content == "Fine."
    with pytest.raises(HttpResponseError) as refused:
        client.complete(body={"model": "command", "messages": [{"role": "user", "content": "hello"}], "n": 1, "user": "me"})
    assert refused.value.status_code == 400
    assert "Extra parameters ['n', 'user'] are not allowed when extra-parameters is not set" in str(refused.value)
    dropped = {"model": "command", "messages": [{"role": "user", "content": say("Fine.")}], "nonsense": {"a": []}}
    assert client.complete(body=dropped, headers={"extra-parameters": "drop"}).choices[0].message.content == "Fine."
    embedded = at(EmbeddingsClient, "embed").embed(input=["x"], model_extras={"truncate": "END"})
    assert len(embedded.data) == 1


def test_an_event_loop(surfaces):
    # aiohttp made up its mind whom to trust when it was imported, which here was before SSL_CERT_FILE was set.
    common = {"endpoint": f"{surfaces.url}/models", "credential": AzureKeyCredential(surfaces.key), "connection_verify": surfaces.arm.session.verify}

    async def story():
        async with AsyncChat(**common, model="command") as chat:
            answers = await asyncio.gather(*(chat.complete(messages=[UserMessage(say(f"Answer {at}."))]) for at in range(4)))
            stream = await chat.complete(messages=[UserMessage(say("One two."))], stream=True)
            updates = [update async for update in stream]
        async with AsyncEmbeddings(**common, model="embed") as embeddings:
            vector = (await embeddings.embed(input=["x"])).data[0].embedding
        return [answer.choices[0].message.content for answer in answers], updates, vector

    said, updates, vector = asyncio.run(story())
    assert said == [f"Answer {at}." for at in range(4)] and len(vector) == 16
    assert "".join(update.choices[0].delta.content for update in updates) == "One two."


def test_plain_http_with_a_key(surfaces):
    base = surfaces.url.replace(surfaces.arm.url, surfaces.arm.client["http_url"])
    client = ChatCompletionsClient(endpoint=f"{base}/models", credential=AzureKeyCredential(surfaces.key), model="command")
    assert client.complete(messages=[UserMessage(say("Hello."))]).choices[0].message.content == "Hello."


def test_errors(at, surfaces):
    client = at(ChatCompletionsClient, "command")
    with pytest.raises(HttpResponseError) as refused:
        client.complete(messages=[UserMessage("hello")], max_tokens=-1)
    assert (refused.value.status_code, refused.value.error.code) == (422, "parameter_not_supported")
    assert refused.value.response.json()["detail"]["loc"] == ["body", "max_tokens"]
    with pytest.raises(HttpResponseError) as refused:
        client.complete(messages=[UserMessage(simulate(content_filter="prompt"))])
    assert (refused.value.status_code, refused.value.error.code) == (400, "content_filter")
    filtered = client.complete(messages=[UserMessage(simulate(content_filter="completion"))])
    assert filtered.choices[0].finish_reason == "content_filter"
    with pytest.raises(HttpResponseError) as refused:
        client.complete(messages=[UserMessage(fail(429, retry_after=1))], retry_total=0)
    assert refused.value.status_code == 429 and refused.value.response.headers["retry-after"] == "1"
    with pytest.raises(ResourceNotFoundError):
        at(EmbeddingsClient, "command").embed(input=["x"])


def test_a_stream_that_breaks_off_ends(at):
    updates = list(at(ChatCompletionsClient, "command").complete(messages=[UserMessage(simulate(break_after=2))], stream=True))
    assert updates[-1].choices[0].finish_reason in ("length", "content_filter")


def test_errors_of_accounts(surfaces):
    with pytest.raises(ClientAuthenticationError) as refused:
        client = ChatCompletionsClient(endpoint=f"{surfaces.url}/models", credential=AzureKeyCredential("wrong"), model="command")
        client.complete(messages=[UserMessage("hello")])
    assert refused.value.status_code == 401
    client = ChatCompletionsClient(endpoint=f"{surfaces.url}/models", credential=AzureKeyCredential(surfaces.key))
    with pytest.raises(HttpResponseError) as refused:
        client.complete(messages=[UserMessage("hello")])
    assert (refused.value.status_code, refused.value.error.code) == (400, "no_model_name")
    with pytest.raises(ResourceNotFoundError) as refused:
        client.complete(messages=[UserMessage("hello")], model="absent")
    assert refused.value.error.code == "unknown_model"
