"""The server behind the cloud's own names, on port 443, with a certificate that everybody here trusts."""

import os
import subprocess
from pathlib import Path

import certifi
import pytest

import cupola
from cupola_fixtures import POINTERS

NAMES = ("management.azure.com", "login.microsoftonline.com", "graph.microsoft.com", "eastus.api.azureml.ms")
# Endpoints get hosts of their own; a resolver would answer for all of them.
ENDPOINT = "behind-dns.eastus2.models.ai.azure.com"


def cover(path, content):
    """Other content for a file, in this namespace alone."""
    subprocess.run(["mount", "--bind", str(content), str(path)], check=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dns")
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *NAMES, ENDPOINT)))
    cover("/etc/hosts", hosts)
    for name in [name for name in os.environ if name.upper().startswith(POINTERS)]:
        if name != "CUPOLA_BIN":
            del os.environ[name]
    started = cupola.Server(
        folder / "data",
        *("--tls-names", ",".join(NAMES), "--base-domain", "models.ai.azure.com"),
        *("--external-url", "https://management.azure.com"),
        listen="127.0.0.1:443",
    ).start()
    trust(started.client["ca_bundle_file"])
    yield started
    started.stop()


def trust(bundle):
    """As an administrator installs a certificate; Python's libraries carry a list of their own, in each environment."""
    lists = [Path("/etc/ssl/certs/ca-certificates.crt"), Path(certifi.where())]
    lists += cupola.ROOT.glob(".venv-az/lib/python3*/site-packages/certifi/cacert.pem")
    for path in lists:
        if path.exists():
            cover(path, bundle)


@pytest.fixture(scope="session")
def credential(server):
    """With the tenant's own id and nothing else, as against the public cloud."""
    from azure.identity import ClientSecretCredential

    client = server.client
    return ClientSecretCredential(client["tenant_id"], client["client_id"], client["client_secret"])


@pytest.fixture(scope="session")
def az(server, tmp_path_factory):
    import az as command_line

    command_line.AZ = cupola.ROOT / ".venv-az" / "bin" / "az"
    folder = tmp_path_factory.mktemp("az")
    az = command_line.Az(server, folder)
    for pointer in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        del az.variables[pointer]
    return az
