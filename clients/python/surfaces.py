"""Every surface of the data plane, with something behind it: one account with a deployment of each kind, and endpoints of
one model each.

Chat deployments besides tiny-chat are bound to the simulator with directives on, so that a story says in its message what
happens to it: `say("Hello there.")`, `call("get_weather", city="Paris")`, `fail(429, retry_after=1)`.
"""

import json

import cupola

ACCOUNT = "surfaces"
PROJECT = "stories"
# Deployment: its model, by registry and name, and the format that accounts know its publisher by.
SIMULATED = {
    "command": ("azureml-cohere", "Cohere-command-r-plus-08-2024", "Cohere"),
    "claude": ("azureml-anthropic", "claude-haiku-4-5", "Anthropic"),
    "embed": ("azureml-cohere", "Cohere-embed-v3-english", "Cohere"),
    "rerank": ("azureml-cohere", "Cohere-rerank-v3.5", "Cohere"),
    "picture": ("azureml-stabilityai", "Stable-Image-Core", "Stability AI"),
}
TIMEGEN = "azureml://registries/azureml-nixtla/models/TimeGEN-1"
# Enough for every story of a run; what limits do is another suite's matter.
CAPACITY = 10_000


def simulate(**effects):
    """A message at which the simulator does this."""
    # Without blanks inside of values: those separate the fields.
    return "[[simulate: " + " ".join(f"{name}={json.dumps(value, separators=(',', ':'))}" for name, value in effects.items()) + " ]]"


def say(text):
    """A message that the simulator answers with these words."""
    return simulate(text=text)


def call(name, **arguments):
    """A message that the simulator answers with a call of this tool."""
    return simulate(tool_calls=[{"name": name, "arguments": arguments}])


def fail(status, **more):
    """A message at which the backend fails."""
    return simulate(status=status, **more)


class Surfaces:
    """The addresses and keys of the surfaces."""

    def __init__(self, server, arm):
        self.server = server
        self.arm = arm
        settings = server.data_dir.parent / "simulator.json"
        settings.write_text(json.dumps({"directives": True, "dimensions": 16}))
        for registry, name, _ in SIMULATED.values():
            server.bind_simulator(f"azureml://registries/{registry}/models/{name}", "--simulator-settings", str(settings))
        server.run("catalog", "bind", TIMEGEN, "--forecaster")
        self.account = f"{arm.group()}/providers/Microsoft.CognitiveServices/accounts/{ACCOUNT}"
        self.make(self.account, {"kind": "AIServices", "properties": {"customSubDomainName": ACCOUNT, "allowProjectManagement": True}})
        self.make(f"{self.account}/projects/{PROJECT}", {"properties": {}})
        self.deploy("chat", "Cupola", "tiny-chat")
        for deployment, (_, name, form) in SIMULATED.items():
            self.deploy(deployment, form, name)
        self.url = f"{arm.url}/accounts/{ACCOUNT}"
        keys = self.arm_request("POST", f"{self.account}/listKeys")
        self.key, self.second_key = keys["key1"], keys["key2"]
        self.endpoints = {}

    def arm_request(self, method, path, body=None):
        answer = self.arm.request(method, f"{path}?api-version=2025-06-01", body)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json() if answer.content else None

    def make(self, path, body):
        self.arm_request("PUT", path, {"location": "eastus2", "sku": {"name": "S0"}, "identity": {"type": "SystemAssigned"}} | body)
        self.settle(path)

    def settle(self, path):
        while self.arm_request("GET", path)["properties"]["provisioningState"] not in ("Succeeded", "Failed"):
            pass
        assert self.arm_request("GET", path)["properties"]["provisioningState"] == "Succeeded"

    def deploy(self, name, form, model):
        path = f"{self.account}/deployments/{name}"
        body = {"sku": {"name": "GlobalStandard", "capacity": CAPACITY}, "properties": {"model": {"format": form, "name": model, "version": "1"}}}
        self.arm_request("PUT", path, body)
        self.settle(path)

    def endpoint(self, name):
        """A serverless endpoint of the model of SIMULATED that goes by this name, or of TimeGEN-1."""
        if name not in self.endpoints:
            registry, model, _ = SIMULATED.get(name, ("azureml-nixtla", "TimeGEN-1", None))
            model_id = f"azureml://registries/{registry}/models/{model}"
            subscription = f"{self.arm.workspace()}/marketplaceSubscriptions/surface-{name}"
            answer = self.arm.request("PUT", subscription, {"properties": {"modelId": model_id}})
            assert answer.status_code in (200, 201), answer.text
            self.endpoints[name] = self.arm.deploy(f"surface-{name}", model_id)
        return self.endpoints[name]
