"""The unmodified langchain-openai. Run with the current major version of openai and, by clients/frameworks, with the one
before."""

from typing import Literal

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from surfaces import call, say

VERSION = "2024-10-21"


class Place(BaseModel):
    """A place."""

    city: Literal["Paris", "Rome"]


@pytest.fixture(params=["plain", "responses", "azure"])
def chat(request, surfaces):
    """Makes a chat model of a deployment."""

    def model(deployment, **more):
        if request.param == "azure":
            return AzureChatOpenAI(azure_endpoint=surfaces.url, azure_deployment=deployment, api_key=surfaces.key, api_version=VERSION, **more)
        return ChatOpenAI(
            base_url=f"{surfaces.url}/openai/v1", api_key=surfaces.key, model=deployment, use_responses_api=request.param == "responses", **more
        )

    return model


def text(message):
    return message.text() if callable(message.text) else message.text


def test_an_answer(chat):
    answer = chat("command").invoke(say("Hello there."))
    assert text(answer) == "Hello there."
    usage = answer.usage_metadata
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


def test_a_stream(chat):
    chunks = list(chat("command", stream_usage=True).stream(say("One two three.")))
    assert "".join(text(chunk) for chunk in chunks) == "One two three." and len(chunks) > 2
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.usage_metadata["output_tokens"] > 0


def test_a_tool_is_called_and_answered(chat, weather):
    model = chat("command").bind_tools([weather])
    asked = HumanMessage(call("get_weather", city="Paris"))
    answer = model.invoke([asked])
    assert [(one["name"], one["args"]) for one in answer.tool_calls] == [("get_weather", {"city": "Paris"})]
    result = ToolMessage("sunny", tool_call_id=answer.tool_calls[0]["id"])
    assert text(model.invoke([asked, answer, result, HumanMessage(say("Sunny."))])) == "Sunny."


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output_of_a_real_model(chat, method):
    model = chat("chat", max_tokens=100).with_structured_output(Place, method=method)
    assert isinstance(model.invoke("Name a city."), Place)


def test_embeddings(surfaces):
    base = f"{surfaces.url}/openai/v1"
    plain = OpenAIEmbeddings(base_url=base, api_key=surfaces.key, model="embed", check_embedding_ctx_length=False)
    azure = AzureOpenAIEmbeddings(
        azure_endpoint=surfaces.url, azure_deployment="embed", api_key=surfaces.key, api_version=VERSION, check_embedding_ctx_length=False
    )
    vectors = [model.embed_documents(["one", "two"]) for model in (plain, azure)]
    assert vectors[0] == vectors[1] and len(vectors[0][0]) == 16
    assert plain.embed_query("one") == vectors[0][0]
