"""What the suites of all Python environments share: one server for the stories that only use it, servers of their own
for those that kill it.

The clients are pointed at the server by `cupola env` alone, as a user points them.
"""

import os
import uuid

import pytest

import cupola

POINTERS = ("AZURE_", "AZUREML_", "ARM_", "CUPOLA_", "REGISTRY_", "REQUESTS_", "SSL_", "CURL_CA", "NODE_EXTRA", "OPENAI_", "HTTP")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    started = cupola.Server(tmp_path_factory.mktemp("main") / "data").start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def environment(server):
    """The variables of `cupola env`, set in this process; nothing of the machine's own remains."""
    binary = os.environ.get("CUPOLA_BIN")
    for name in [name for name in os.environ if name.upper().startswith(POINTERS)]:
        del os.environ[name]
    if binary:
        os.environ["CUPOLA_BIN"] = binary
    variables = server.environment()
    os.environ.update(variables)
    return variables


@pytest.fixture(scope="session")
def arm(server):
    return cupola.Arm(server)


@pytest.fixture
def group(arm):
    """The name of an empty resource group that this story has for itself."""
    name = f"group-{uuid.uuid4().hex[:8]}"
    answer = arm.request("PUT", f"{arm.subscription()}/resourceGroups/{name}", {"location": "eastus2"})
    assert answer.status_code == 201, answer.text
    yield name
    arm.request("DELETE", f"{arm.subscription()}/resourceGroups/{name}")


@pytest.fixture
def own_server(tmp_path):
    """Makes servers on a data directory that no other test uses."""
    started = []

    def start(*arguments, data_dir=tmp_path / "data"):
        server = cupola.Server(data_dir, *arguments)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        if server.process and server.process.poll() is None:
            server.kill()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed story shows what the servers said."""
    report = (yield).get_result()
    if report.failed:
        for name in ("server",):
            if name in item.funcargs:
                report.sections.append(("what the server said", item.funcargs[name].said()))
