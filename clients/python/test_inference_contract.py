"""Our answers against the published OpenAPI documents (contract/), and requests made from them that nobody would think
of, none of which may break the server."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import schemathesis

import cupola
from surfaces import call, say

CONTRACT = Path(__file__).parent / "contract"
VERSIONS = ("2024-05-01-preview", "2025-05-15-preview")
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
# Route: which deployment can do it, and how many random requests are made from each document. Those of chat take long to
# think up; what the documents' own bounds suggest is tried besides, and that is most.
ROUTES = {
    "/chat/completions": ("command", 30),
    "/embeddings": ("embed", 160),
    "/images/embeddings": ("embed", 60),
    "/info": ("command", 10),
    "/images/generations": ("picture", 60),
}
CASES_MIN = 2000
SEED = 1


def document(version):
    return CONTRACT / f"model-inference.{version}.openapi.json"


def bodies(weather):
    """Requests that are answered, by route."""
    user = [{"role": "user", "content": say("Hello there.")}]
    tool = {"messages": [{"role": "user", "content": call("get_weather", city="Paris")}], "tools": [weather]}
    return {
        "/chat/completions": [{"messages": user}, {"messages": user, "max_tokens": 1}, tool],
        "/embeddings": [{"input": ["a", "b"]}, {"input": ["a"], "encoding_format": "base64"}, {"input": ["a"], "encoding_format": "int8"}],
        "/images/embeddings": [{"input": [{"image": PNG}]}],
        "/images/generations": [{"prompt": "a lighthouse", "size": "1024x1024"}],
        "/info": [None],
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_are_as_published(surfaces, weather, version):
    schema = schemathesis.openapi.from_dict(json.loads(document(version).read_text()))
    seen = 0
    for route, asked in bodies(weather).items():
        if route not in schema.raw_schema["paths"]:
            continue
        found = surfaces.endpoint(ROUTES[route][0])
        method = "GET" if route == "/info" else "POST"
        for body in asked:
            url = f"{found.uri}{route}?api-version={version}"
            answer = requests.request(method, url, json=body, headers={"Authorization": f"Bearer {found.key}"}, timeout=60)
            assert answer.status_code == 200, answer.text
            schema[route][method].validate_response(answer)
            seen += 1
    assert seen >= 8


@pytest.mark.timeout(400)
def test_no_request_breaks_the_server(surfaces):
    asked = 0
    for version, on_account in zip(VERSIONS, (False, True), strict=True):
        paths = json.loads(document(version).read_text())["paths"]
        for route in [route for route in ROUTES if route in paths]:
            asked += fuzz(surfaces, version, route, on_account)
    assert asked >= CASES_MIN
    answer = surfaces.endpoint("embed").post("/embeddings", json={"input": ["still here"]})
    assert answer.status_code in (200, 429), answer.text


def fuzz(surfaces, version, route, on_account):
    """How many requests were made."""
    deployment, count = ROUTES[route]
    if on_account:
        url, key = f"{surfaces.url}/models", surfaces.key
    else:
        url, key = surfaces.endpoint(deployment).uri, surfaces.endpoint(deployment).key
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", str(document(version)), "--url", url]
    command += ["--include-path", route, "--checks", "not_a_server_error", "--phases", "coverage,fuzzing", "--max-examples", str(count)]
    command += ["--header", f"Authorization: Bearer {key}", "--header", f"x-ms-model-mesh-model-name: {deployment}"]
    command += ["--seed", str(SEED), "--generation-database", "none", "--tls-verify", surfaces.arm.session.verify]
    command += ["--no-color", "--suppress-health-check", "all"]
    # It leaves a cache where it runs.
    folder = surfaces.server.data_dir.parent
    done = subprocess.run(command, cwd=folder, env=cupola.bare_environment(folder), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    found = re.search(r"Test cases:\s+([\d,]+) generated", done.stdout)
    assert found, done.stdout
    return int(found[1].replace(",", ""))
