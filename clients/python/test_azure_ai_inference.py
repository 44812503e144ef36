"""Chat with the unmodified azure-ai-inference."""

import pytest
from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError


@pytest.fixture
def chat(hello, environment):
    return ChatCompletionsClient(endpoint=hello.uri, credential=AzureKeyCredential(hello.key))


def question(text="What is Cupola?"):
    return [SystemMessage("You are helpful."), UserMessage(text)]


def test_an_answer(chat):
    answer = chat.complete(messages=question(), max_tokens=60)
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content.strip(), "tiny-chat says something"
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
    assert len(answer.id.replace("-", "")) == 32 and int(answer.id.replace("-", ""), 16) >= 0
    assert answer.model


def test_an_answer_that_streams(chat):
    updates = list(chat.complete(messages=question(), max_tokens=60, stream=True))
    assert len(updates) > 2
    assert updates[0].choices[0].delta.role == "assistant"
    assert all(update.choices[0].delta.role is None for update in updates[1:])
    assert "".join(update.choices[0].delta.content for update in updates).strip()
    assert len({update.id for update in updates}) == 1
    last = updates[-1]
    assert last.choices[0].finish_reason in ("stop", "length")
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens > 0


def test_the_same_seed_gives_the_same_answer_streamed_or_not(chat):
    wanted = {"messages": question(), "max_tokens": 40, "seed": 7, "temperature": 0.8}
    once = chat.complete(**wanted).choices[0].message.content
    streamed = "".join(update.choices[0].delta.content for update in chat.complete(**wanted, stream=True))
    assert once == streamed


def test_the_limit_of_tokens_is_kept(chat):
    answer = chat.complete(messages=question("Tell me everything about Cupola."), max_tokens=3)
    assert answer.usage.completion_tokens <= 3
    assert answer.choices[0].finish_reason == "length"


def test_what_serves(chat):
    info = chat.get_model_info()
    assert info.model_name == "tiny-chat"
    assert info.model_type == "chat-completion"
    assert info.model_provider_name


def test_a_wrong_key(hello, environment):
    client = ChatCompletionsClient(endpoint=hello.uri, credential=AzureKeyCredential("wrong"))
    with pytest.raises(ClientAuthenticationError) as refused:
        client.complete(messages=question())
    assert "Auth token validation failed" in str(refused.value)


def test_an_extra_parameter_passes_through(chat):
    answer = chat.complete(messages=question(), max_tokens=20, model_extras={"n": 1})
    assert answer.choices


def test_an_endpoint_that_is_not_there(hello, environment):
    client = ChatCompletionsClient(endpoint=f"{hello.uri}-gone", credential=AzureKeyCredential(hello.key))
    with pytest.raises(ResourceNotFoundError):
        client.complete(messages=question())


def test_no_messages(chat):
    with pytest.raises(HttpResponseError) as refused:
        chat.complete(messages=[])
    assert refused.value.status_code in (400, 422)
