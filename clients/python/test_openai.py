"""Chat with the unmodified openai package, on the endpoint's /v1."""

import openai
import pytest


@pytest.fixture
def client(hello, environment):
    return openai.OpenAI(base_url=f"{hello.uri}/v1", api_key=hello.key, max_retries=0)


QUESTION = [{"role": "user", "content": "What is Cupola?"}]


def test_an_answer(client):
    answer = client.chat.completions.create(model="whatever", messages=QUESTION, max_tokens=60)
    assert answer.choices[0].message.content.strip()
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id, "x-request-id is set"


def test_an_answer_that_streams_with_usage(client):
    stream = client.chat.completions.create(
        model="whatever", messages=QUESTION, max_tokens=60, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices).strip()
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] in ("stop", "length")
    assert chunks[-1].usage.total_tokens > 0


def test_an_answer_that_streams_without_asking_for_usage(client):
    chunks = list(client.chat.completions.create(model="m", messages=QUESTION, max_tokens=20, stream=True))
    assert all(chunk.choices for chunk in chunks), "no chunk without choices was asked for"


def test_unknown_parameters_follow_the_rules_of_openai(client):
    answer = client.chat.completions.create(model="m", messages=QUESTION, max_tokens=20, user="me", n=1)
    assert answer.choices


def test_what_is_left_of_the_limits_is_said(client):
    raw = client.chat.completions.with_raw_response.create(model="m", messages=QUESTION, max_tokens=5)
    assert 0 <= int(raw.headers["x-ratelimit-remaining-requests"]) < 1000
    assert 0 <= int(raw.headers["x-ratelimit-remaining-tokens"]) < 200000


def test_a_wrong_key(hello, environment):
    client = openai.OpenAI(base_url=f"{hello.uri}/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m", messages=QUESTION)


def test_plain_http_on_loopback(hello, server, environment):
    uri = hello.uri.replace(server.client["url"], server.client["http_url"])
    assert uri.startswith("http://127.0.0.1:")
    client = openai.OpenAI(base_url=f"{uri}/v1", api_key=hello.key, max_retries=0)
    assert client.chat.completions.create(model="m", messages=QUESTION, max_tokens=5).choices
