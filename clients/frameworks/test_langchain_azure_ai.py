"""The unmodified langchain-azure-ai on an account: the models of today and the older ones on azure-ai-inference."""

from typing import Literal

import pytest
from langchain_azure_ai.chat_models import AzureAIOpenAIApiChatModel
from langchain_azure_ai.chat_models.anthropic import AzureAIAnthropicChatModel
from langchain_azure_ai.chat_models.inference import AzureAIChatCompletionsModel
from langchain_azure_ai.embeddings import AzureAIOpenAIApiEmbeddingsModel
from langchain_azure_ai.embeddings.inference import AzureAIEmbeddingsModel
from langchain_core.messages import HumanMessage, ToolMessage
from pydantic import BaseModel

from surfaces import call, say

CLAUDE = "claude"


class Place(BaseModel):
    """A place."""

    city: Literal["Paris", "Rome"]


@pytest.fixture(params=["responses", "chat completions", "anthropic", "inference"])
def chat(request, surfaces):
    """Makes a chat model of a deployment."""

    def model(deployment, **more):
        if request.param == "anthropic":
            return AzureAIAnthropicChatModel(endpoint=surfaces.url, credential=surfaces.key, model=deployment, max_tokens=100, **more)
        if request.param == "inference":
            return AzureAIChatCompletionsModel(endpoint=f"{surfaces.url}/models", credential=surfaces.key, model=deployment, **more)
        over_responses = request.param == "responses"
        return AzureAIOpenAIApiChatModel(
            endpoint=f"{surfaces.url}/openai/v1", credential=surfaces.key, model=deployment, use_responses_api=over_responses, **more
        )

    return model


def text(message):
    return "".join(block["text"] for block in message.content_blocks if block["type"] == "text")


def test_an_answer(chat):
    answer = chat("command").invoke(say("Hello there."))
    assert text(answer) == "Hello there."
    usage = answer.usage_metadata
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


def test_a_stream(chat):
    chunks = list(chat("command").stream(say("One two three.")))
    assert "".join(text(chunk) for chunk in chunks) == "One two three." and len(chunks) > 2


def test_a_tool_is_called_and_answered(chat, weather):
    model = chat("command").bind_tools([weather])
    asked = HumanMessage(call("get_weather", city="Paris"))
    answer = model.invoke([asked])
    assert [(one["name"], one["args"]) for one in answer.tool_calls] == [("get_weather", {"city": "Paris"})]
    result = ToolMessage("sunny", tool_call_id=answer.tool_calls[0]["id"])
    assert text(model.invoke([asked, answer, result, HumanMessage(say("Sunny."))])) == "Sunny."


def test_structured_output_of_a_real_model(chat):
    assert isinstance(chat("chat").with_structured_output(Place).invoke("Name a city."), Place)


def test_the_older_model_asks_an_endpoint_what_it_is(surfaces):
    found = surfaces.endpoint("command")
    model = AzureAIChatCompletionsModel(endpoint=found.uri, credential=found.key)
    assert text(model.invoke(say("Hello there."))) == "Hello there."


def test_embeddings(surfaces):
    new = AzureAIOpenAIApiEmbeddingsModel(
        endpoint=f"{surfaces.url}/openai/v1", credential=surfaces.key, model="embed", check_embedding_ctx_length=False
    )
    old = AzureAIEmbeddingsModel(endpoint=f"{surfaces.url}/models", credential=surfaces.key, model="embed")
    vectors = [model.embed_documents(["one", "two"]) for model in (new, old)]
    assert len(vectors[0]) == 2 and len(vectors[0][0]) == 16
    for ours, theirs in zip(*vectors, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
