"""Analyzers of content safety that are not built in, as applications meet them: a service of the shape of Azure AI Content
Safety, and Llama Guard as a deployment of this server. The unmodified openai package says what it sees."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from openai import AzureOpenAI

from surfaces import say

VERSION = "2024-10-21"
PROVIDERS = "providers/Microsoft.CognitiveServices/raiExternalSafetyProviders"
GUARD = "azureml://registries/azureml-meta/models/Llama-Guard-3-1B"


class Service(BaseHTTPRequestHandler):
    """Finds violence of level 5 where somebody blorbs, and fails when it is told to."""

    fails = False
    keys = set()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Service.keys.add(self.headers["Ocp-Apim-Subscription-Key"])
        if "shieldPrompt" in self.path:
            answer = {"userPromptAnalysis": {"attackDetected": "trick" in asked["userPrompt"]}, "documentsAnalysis": []}
        else:
            level = 5 if "blorb" in asked["text"] else 0
            answer = {
                "blocklistsMatch": [],
                "categoriesAnalysis": [
                    {"category": category, "severity": level if category == "Violence" else 0} for category in asked["categories"]
                ],
            }
        body = json.dumps({} if Service.fails else answer).encode()
        self.send_response(500 if Service.fails else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def guarded(surfaces, service, server):
    """Deployments of one model: `served` asks the service, `mild` asks it and lets pass what it did not see, `guarded` asks
    Llama Guard."""
    script = server.data_dir.parent / "guard.json"
    script.write_text(json.dumps({"rules": [{"contains": "blorb", "text": "unsafe\nS1"}, {"text": "safe"}]}))
    server.bind_simulator(GUARD, "--simulator-settings", str(script))
    surfaces.deploy("guard", "Meta", "Llama-Guard-3-1B")
    arm = surfaces.arm
    put(arm, f"{arm.subscription()}/{PROVIDERS}/service", {"url": service, "apiKey": "its-key", "allowPrivateNetwork": True, "timeoutMs": 2000})
    put(arm, f"{arm.subscription()}/{PROVIDERS}/llama", {"kind": "GuardModel", "deploymentId": f"{surfaces.account}/deployments/guard"})
    for name, provider, on_failure in [("served", "service", "Block"), ("mild", "service", "Allow"), ("guarded", "llama", "Block")]:
        seats = [{"safetyProviderName": provider, "source": source, "onFailure": on_failure} for source in ("Prompt", "Completion")]
        put(arm, f"{surfaces.account}/raiPolicies/{name}", {"safetyProviders": seats})
        model = {"format": "Cohere", "name": "Cohere-command-r-plus-08-2024", "version": "1"}
        path = f"{surfaces.account}/deployments/{name}"
        surfaces.arm_request(
            "PUT", path, {"sku": {"name": "GlobalStandard", "capacity": 1000}, "properties": {"model": model, "raiPolicyName": name}}
        )
        surfaces.settle(path)
    yield AzureOpenAI(azure_endpoint=surfaces.url, api_key=surfaces.key, api_version=VERSION, max_retries=0)
    Service.fails = False


def put(arm, path, properties):
    answer = arm.request("PUT", f"{path}?api-version=2025-12-01", {"properties": properties})
    assert answer.status_code in (200, 201), answer.text
    assert "its-key" not in answer.text


def ask(client, deployment, text, **more):
    return client.chat.completions.create(model=deployment, messages=[{"role": "user", "content": text}], **more)


@pytest.mark.parametrize("deployment", ["served", "mild", "guarded"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_is_refused(guarded, deployment, stream):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(guarded, deployment, "please blorb him", stream=stream)
    assert refused.value.code == "content_filter"
    results = refused.value.body["innererror"]["content_filter_result"]
    assert results["violence"] == {"filtered": True, "severity": "medium"}


@pytest.mark.parametrize("deployment", ["served", "mild", "guarded"])
def test_an_answer_is_annotated(guarded, deployment):
    answer = ask(guarded, deployment, say("All is well."))
    assert answer.choices[0].message.content == "All is well."
    assert answer.choices[0].content_filter_results["violence"] == {"filtered": False, "severity": "safe"}
    chunks = list(ask(guarded, deployment, say("All is well."), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "All is well."


def test_an_attack_is_seen_by_the_shield(guarded):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(guarded, "served", "a trick")
    assert refused.value.body["innererror"]["content_filter_result"]["jailbreak"]["detected"]
    assert Service.keys == {"its-key"}


def test_an_analyzer_that_fails(guarded):
    Service.fails = True
    try:
        with pytest.raises(openai.InternalServerError) as refused:
            ask(guarded, "served", "hello")
        assert (refused.value.status_code, refused.value.code) == (503, "content_filter_error")
        answer = ask(guarded, "mild", say("All is well."))
        assert answer.choices[0].message.content == "All is well."
        assert answer.choices[0].content_filter_results["error"]["code"] == "content_filter_error"
        assert answer.prompt_filter_results[0]["content_filter_results"]["error"]["code"] == "content_filter_error"
    finally:
        Service.fails = False


def test_what_was_found_is_explained(guarded, surfaces, server):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(guarded, "guarded", "please blorb him")
    said = server.run("explain", refused.value.response.headers["x-request-id"]).stdout
    assert "S1" in said and "llama" in said, said
