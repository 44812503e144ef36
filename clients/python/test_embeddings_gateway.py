"""A real embedding model behind an endpoint and an account: the worker's vectors reach the unmodified clients."""

import pytest
from azure.ai.inference import EmbeddingsClient
from azure.core.credentials import AzureKeyCredential
from openai import OpenAI

from embedding_texts import TEXTS
from test_embeddings_reference import CONTEXT_TOKENS, DIMENSIONS, MODEL, cosine, reference  # noqa: F401

MODEL_ID = "azureml://registries/cupola/models/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def endpoint(server, arm, environment):
    assert MODEL.exists(), f"{MODEL} is missing: script/test makes it"
    server.run("catalog", "bind", MODEL_ID, "--engine", str(MODEL))
    return arm.deploy("minilm", MODEL_ID)


@pytest.fixture(scope="module")
def short(reference):  # noqa: F811
    """Texts that the model reads whole, and what its authors' arithmetic gives for them."""
    found = [(text, one) for text, one in zip(TEXTS, reference, strict=True) if one["tokens"] < CONTEXT_TOKENS]
    assert len(found) > 50
    return found


def test_vectors_reach_openais_client_and_are_charged_by_the_token(server, endpoint, short):
    client = OpenAI(base_url=f"{endpoint.uri}/v1", api_key=endpoint.key)
    # Packed and in numbers are the same.
    for more in ({}, {"encoding_format": "float"}):
        answer = client.embeddings.create(model="all-MiniLM-L6-v2", input=[text for text, _ in short], **more)
        assert [item.index for item in answer.data] == list(range(len(short)))
        for item, (text, expected) in zip(answer.data, short, strict=True):
            assert len(item.embedding) == DIMENSIONS
            assert cosine(item.embedding, expected["embedding"]) > 0.999, text
        tokens = sum(expected["tokens"] for _, expected in short)
        assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (tokens, tokens)
    assert server.usage("minilm")["prompt_tokens"] == 2 * tokens


def test_vectors_reach_the_client_of_model_inference(endpoint, short):
    client = EmbeddingsClient(endpoint=endpoint.uri, credential=AzureKeyCredential(endpoint.key))
    answer = client.embed(input=[text for text, _ in short[:8]])
    for item, (text, expected) in zip(answer.data, short, strict=False):
        assert cosine(item.embedding, expected["embedding"]) > 0.999, text
