"""The real server as a process, and the few requests that no client library makes."""

import base64
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
TINY_CHAT = "azureml://registries/cupola/models/tiny-chat"
COMMAND_R = "azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024"
API_VERSION = "2024-10-01"


def binary():
    """The binary under test: CUPOLA_BIN, else what cargo built in its dev profile."""
    if os.environ.get("CUPOLA_BIN"):
        return Path(os.environ["CUPOLA_BIN"])
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "debug" / "cupola"


def bare_environment(home):
    """What a stranger's shell has: nothing that points anywhere, and a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"HOME": str(home), "RUST_BACKTRACE": "1"}


class Server:
    """`cupola serve` on ports of its own. What it prints is kept, and shown when a test fails."""

    def __init__(self, data_dir, *arguments, listen="127.0.0.1:0", http_listen="127.0.0.1:0"):
        self.data_dir = Path(data_dir)
        self.arguments = ["--listen", listen, "--http-listen", http_listen, *arguments]
        self.process = None
        self.output = []

    def start(self, seconds=60):
        command = [str(binary()), "serve", "--data-dir", str(self.data_dir)]
        command += self.arguments
        self.process = subprocess.Popen(
            self.wrapped(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=bare_environment(self.data_dir.parent),
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process.stdout, ready), daemon=True).start()
        deadline = time.monotonic() + seconds
        while not ready.wait(0.02):
            assert self.process.poll() is None, f"the server ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"the server is not ready after {seconds} s:\n{self.said()}"
        return self

    def wrapped(self, command):
        """For servers that run inside something."""
        return command

    def _read(self, stream, ready):
        for line in stream:
            self.output.append(line)
            if line.startswith("Cupola is ready"):
                ready.set()

    def said(self):
        return "".join(self.output[-200:])

    def kill(self):
        """As a power cut does it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the server did not end within 40 s of SIGTERM:\n{self.said()}")

    @property
    def client(self):
        return json.loads((self.data_dir / "client.json").read_text())

    def run(self, *arguments, check=True, environment=None):
        """Runs `cupola ARGUMENTS` as somebody who knows the data directory and nothing else."""
        variables = bare_environment(self.data_dir.parent) | {"CUPOLA_DATA_DIR": str(self.data_dir)}
        done = subprocess.run(
            [str(binary()), *arguments],
            env=environment or variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if check:
            said = f"{done.stdout}{done.stderr}"
            assert done.returncode == 0, f"cupola {' '.join(arguments)} ended with {done.returncode}:\n{said}"
        return done

    def environment(self):
        """What `eval "$(cupola env)"` sets."""
        return parse_exports(self.run("env").stdout)

    def bind_simulator(self, model_id, *arguments):
        self.run("catalog", "bind", model_id, "--simulator", *arguments)

    def usage(self, endpoint):
        """Quantities by meter."""
        rows = json.loads(self.run("usage", "-o", "json").stdout)
        return {row["meter"]: int(row["quantity"]) for row in rows if row["endpoint"] == endpoint}


def parse_exports(text):
    """Takes `export NAME='VALUE'` apart as a shell does, and nothing else."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"export ([A-Z_]+)='((?:[^']|'\\'')*)'", line)
        assert match, f"not an export line: {line!r}"
        found[match[1]] = match[2].replace("'\\''", "'")
    return found


class Arm:
    """The control plane as bare HTTP, for what the SDK does not let through."""

    def __init__(self, server):
        self.sign_in(server.client)

    def sign_in(self, client):
        self.client = client
        self.url = self.client["url"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self.client["ca_bundle_file"]
        self.session.headers["Authorization"] = f"Bearer {self.token()}"

    def token(self):
        discovery = self.session.get(f"{self.url}/adfs/.well-known/openid-configuration", timeout=30).json()
        answer = self.session.post(
            discovery["token_endpoint"],
            data={
                "grant_type": "client_credentials",
                "client_id": self.client["client_id"],
                "client_secret": self.client["client_secret"],
                "scope": f"{self.url}/.default",
            },
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def as_application(self, app_id, secret):
        """The same server, as another principal."""
        other = object.__new__(Arm)
        other.sign_in(self.client | {"client_id": app_id, "client_secret": secret})
        return other

    def wait_for_operation(self, url, seconds=60):
        """What the status says at its end, asked as fast as the server wants to be asked."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.session.get(url, timeout=60)
            assert answer.status_code == 200, answer.text
            if answer.json()["status"] in ("Succeeded", "Failed", "Canceled"):
                return answer.json()
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.05)

    def claims(self):
        """What our own token says."""
        payload = self.session.headers["Authorization"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=="))

    def subscription(self):
        return f"/subscriptions/{self.client['subscription_id']}"

    def group(self, name=None):
        return f"{self.subscription()}/resourceGroups/{name or self.client['resource_group']}"

    def workspace(self, name=None, group=None):
        workspaces = f"{self.group(group)}/providers/Microsoft.MachineLearningServices/workspaces"
        return f"{workspaces}/{name or self.client['workspace']}"

    def request(self, method, path, body=None, **extra):
        url = path if path.startswith("http") else f"{self.url}{path}"
        if "api-version" not in url:
            url += f"{'&' if '?' in url else '?'}api-version={API_VERSION}"
        return self.session.request(method, url, json=body, timeout=60, **extra)

    def get(self, path):
        return self.request("GET", path)

    def put_endpoint(self, name, model_id, workspace=None, location="eastus2"):
        body = {
            "location": location,
            "sku": {"name": "Consumption"},
            "properties": {"modelSettings": {"modelId": model_id}},
        }
        workspace = workspace if workspace and "/" in workspace else self.workspace(workspace)
        return self.request("PUT", f"{workspace}/serverlessEndpoints/{name}", body)

    def endpoint(self, name):
        return self.get(f"{self.workspace()}/serverlessEndpoints/{name}")

    def wait_for_endpoint(self, name, seconds=60):
        """The endpoint, once it is Succeeded."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.endpoint(name)
            assert answer.status_code == 200, answer.text
            state = answer.json()["properties"]["provisioningState"]
            if state == "Succeeded":
                return answer.json()
            assert state != "Failed", answer.text
            assert time.monotonic() < deadline, f"still {state} after {seconds} s: {answer.text}"
            time.sleep(0.1)

    def keys(self, name):
        answer = self.request("POST", f"{self.workspace()}/serverlessEndpoints/{name}/listKeys")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deploy(self, name, model_id):
        """An endpoint that answers: its Target URI and its keys."""
        answer = self.put_endpoint(name, model_id)
        assert answer.status_code in (200, 201), answer.text
        uri = self.wait_for_endpoint(name)["properties"]["inferenceEndpoint"]["uri"]
        return Deployment(self.session.verify, uri, self.keys(name)["primaryKey"])


class Deployment:
    """A Target URI and a key, and chat over bare HTTP."""

    def __init__(self, ca_bundle, uri, key):
        self.uri = uri
        self.key = key
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = ca_bundle

    def post(self, path, **extra):
        headers = {"Authorization": f"Bearer {self.key}"} | extra.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.session.post(f"{self.uri}{path}", headers=headers, timeout=60, **extra)

    def chat(self, text, **more):
        body = {"messages": [{"role": "user", "content": text}]} | more
        return self.post("/chat/completions", json=body)
