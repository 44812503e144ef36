#!/usr/bin/env python3
"""From `create` to the first token, with the worker warm: a deployment through ARM, then a streamed answer. The baseline
of the same run is a streamed answer of an endpoint that exists already.

Usage: bench/deploy/run.py [RUNS]
"""

import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))
from platform_under_test import Platform, binary  # noqa: E402

MODEL = "azureml://registries/cupola/models/tiny-chat"
LIMIT_MS = 1000
QUESTION = {"messages": [{"role": "user", "content": "What is Cupola?"}], "stream": True, "max_tokens": 8}


def first_token(platform, uri, key):
    with platform.post(f"{uri}/chat/completions", QUESTION, {"authorization": f"Bearer {key}"}) as answer:
        for line in answer:
            if line.startswith(b"data: ") and b'"content":"' in line and b'"content":""' not in line:
                return
    raise SystemExit("no token came")


def deploy(platform, folder, name):
    file = folder / f"{name}.yml"
    file.write_text(f"name: {name}\nmodel_id: {MODEL}\n")
    uri = platform.cli("ml", "serverless-endpoint", "create", "-f", str(file))["scoring_uri"]
    key = platform.cli("ml", "serverless-endpoint", "get-credentials", "-n", name)["primaryKey"]
    return uri, key


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with Platform(binary()) as platform:
        folder = pathlib.Path(platform.folder.name)
        begun = time.perf_counter()
        warm = deploy(platform, folder, "warm")
        first_token(platform, *warm)
        cold_ms = (time.perf_counter() - begun) * 1000
        deployed, known = [], []
        for run in range(runs):
            begun = time.perf_counter()
            first_token(platform, *deploy(platform, folder, f"bench-{run}"))
            deployed.append((time.perf_counter() - begun) * 1000)
            begun = time.perf_counter()
            first_token(platform, *warm)
            known.append((time.perf_counter() - begun) * 1000)
    middle = statistics.median(deployed)
    print(f"deploy to first token, warm worker (ms)  min {min(deployed):.0f}  median {middle:.0f}  max {max(deployed):.0f}"
          f"  limit {LIMIT_MS}  median/limit {middle / LIMIT_MS:.2f}"
          f"  = {middle / statistics.median(known):.1f} x an answer of a known endpoint ({statistics.median(known):.0f} ms)")
    print(f"deploy to first token, cold worker (ms)  {cold_ms:.0f} (one run: it starts the process and loads the model)")


if __name__ == "__main__":
    main()
