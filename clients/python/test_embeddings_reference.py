"""A real embedding model, computed by the worker, against the numbers that its authors' own arithmetic gives."""

import base64
import http.client
import json
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

import cupola
from embedding_texts import TEXTS

ENVIRONMENT = cupola.ROOT / ".venv-minilm"
MODEL = ENVIRONMENT / "all-MiniLM-L6-v2.gguf"
REFERENCE = cupola.ROOT / "models" / "all-minilm-l6-v2" / "reference.py"
DIMENSIONS = 384
CONTEXT_TOKENS = 512


class Worker:
    """`cupola engine` as the node starts it: one model on a unix socket."""

    def __init__(self, folder):
        assert MODEL.exists(), f"{MODEL} is missing: script/test makes it"
        self.socket = Path(folder) / "worker.sock"
        self.log = open(Path(folder) / "worker.log", "w+")
        self.process = subprocess.Popen(
            [str(cupola.binary()), "engine", "--model", str(MODEL), "--socket", str(self.socket)]
            + ["--served-name", "all-MiniLM-L6-v2", "--exit-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=self.log,
            stderr=self.log,
            env=cupola.bare_environment(folder),
        )
        deadline = time.monotonic() + 60
        while not self.is_ready():
            assert self.process.poll() is None, f"the worker ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"the worker is not ready:\n{self.said()}"
            time.sleep(0.05)

    def is_ready(self):
        try:
            return self.ask("GET", "/health")[0] == 200
        except OSError:
            return False

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("worker", timeout=120)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.socket))
        try:
            connection.request(method, path, body and json.dumps(body), {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def embed(self, texts, **fields):
        status, answer = self.ask("POST", "/v1/embeddings", {"input": texts} | fields)
        assert status == 200, answer
        return answer

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.log.close()


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    started = Worker(tmp_path_factory.mktemp("w"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def reference():
    """For each text, what the package's tokenizer and weights give in 32-bit arithmetic."""
    python = ENVIRONMENT / "bin" / "python"
    assert python.exists(), f"{python} is missing: script/test makes it"
    done = subprocess.run([python, REFERENCE], input=json.dumps(TEXTS), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def cosine(one, other):
    assert len(one) == len(other)
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / length(one) / length(other)


def length(vector):
    return sum(component * component for component in vector) ** 0.5


def test_every_text_has_the_authors_vector_and_token_count(worker, reference):
    assert len(TEXTS) >= 60
    wrong = []
    for text, expected in zip(TEXTS, reference, strict=True):
        answer = worker.embed(text, truncate="END")
        vector = answer["data"][0]["embedding"]
        likeness, tokens = cosine(vector, expected["embedding"]), answer["usage"]["prompt_tokens"]
        assert len(vector) == DIMENSIONS and abs(length(vector) - 1) < 1e-5
        if likeness <= 0.999 or tokens != expected["tokens"]:
            wrong.append((text[:40], likeness, tokens, expected["tokens"]))
    assert not wrong


def test_all_texts_in_one_request_have_the_same_vectors_in_order(worker, reference):
    answer = worker.embed(TEXTS, truncate="END", encoding_format="base64")
    assert [item["index"] for item in answer["data"]] == list(range(len(TEXTS)))
    for item, expected in zip(answer["data"], reference, strict=True):
        vector = struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(item["embedding"], validate=True))
        assert cosine(vector, expected["embedding"]) > 0.999
    tokens = sum(expected["tokens"] for expected in reference)
    assert answer["usage"] == {"prompt_tokens": tokens, "total_tokens": tokens}


def test_meaning_is_found_where_it_is(worker):
    """What the vectors are for: the sentence that means the same is the nearest one."""
    pairs = [
        ("How do I reset my password?", "I forgot my login and want to change it."),
        ("A man is eating food.", "Somebody has a meal."),
        ("The weather is lovely today.", "It is sunny outside."),
        ("Stock prices fell sharply.", "The market lost much of its value."),
    ]
    documents = [document for _, document in pairs]
    for index, (query, _) in enumerate(pairs):
        status, answer = worker.ask("POST", "/v1/rerank", {"query": query, "documents": documents})
        assert status == 200 and answer["method"] == "embedding-similarity"
        assert answer["results"][0]["index"] == index, (query, answer)


def test_a_text_beyond_the_context_is_refused_with_its_numbers(worker):
    status, answer = worker.ask("POST", "/v1/embeddings", {"input": ["short", "word " * 600]})
    assert status == 400 and answer["error"]["code"] == "context_length_exceeded"
    assert f"input[1] takes 602 tokens and this model reads at most {CONTEXT_TOKENS}" in answer["error"]["message"]
