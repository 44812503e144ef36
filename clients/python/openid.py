"""Another issuer: an OpenID provider from npm, as a process."""

import subprocess

import requests

import cupola

# Node is one of the packages of the first environment.
NODE = cupola.ROOT / ".venv" / "bin" / "node"
SCRIPT = cupola.ROOT / "clients" / "node" / "oidc_provider.mjs"
EXCHANGE = "api://AzureADTokenExchange"


class Issuer:
    def __init__(self, redirect_uri):
        command = [str(NODE), str(SCRIPT), redirect_uri]
        # What it complains about its own configuration is of no interest to anybody.
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "the OpenID provider did not start"

    def token(self, subject):
        """A token of this issuer for a program."""
        form = {
            "grant_type": "client_credentials",
            "client_id": subject,
            "client_secret": "workload-secret",
            "resource": EXCHANGE,
        }
        answer = requests.post(f"{self.url}/token", data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def trust(arm, issuer, name="keycloak", **properties):
    """Makes the issuer known, as an administrator does it."""
    body = {
        "properties": {
            "displayName": "The other one",
            "issuer": issuer.url,
            "clientId": "cupola",
            "clientSecret": "cupola-secret",
            "allowInsecureLoopback": True,
        }
        | properties
    }
    answer = arm.request("PUT", f"/providers/Cupola.Identity/identityProviders/{name}", body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()
