"""One server for the stories that only use it; servers of their own for those that kill it.

The clients are pointed at the server by `cupola env` alone, as a user points them.
"""

import os

import pytest

import cupola

POINTERS = ("AZURE_", "ARM_", "CUPOLA_", "REGISTRY_", "REQUESTS_", "SSL_", "CURL_CA", "NODE_EXTRA", "OPENAI_", "HTTP")


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


@pytest.fixture(scope="session")
def credential(environment):
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


@pytest.fixture(scope="session")
def ml(credential, environment, server):
    """MLClient as the documents make it."""
    from azure.ai.ml import MLClient

    return MLClient(
        credential,
        environment["AZURE_SUBSCRIPTION_ID"],
        server.client["resource_group"],
        server.client["workspace"],
    )


@pytest.fixture(scope="session")
def hello(arm):
    """tiny-chat, deployed."""
    return arm.deploy("hello", cupola.TINY_CHAT)


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
