"""`az deployment` with Bicep files, compiled by the executable `bicep` of ours."""

import pytest

from az import Az, path_with
from cupola import COMMAND_R, binary
from test_documents import DOCUMENTS, project, template as document


@pytest.fixture(scope="module", autouse=True)
def command_r(server):
    server.bind_simulator(COMMAND_R)


def test_the_files_of_the_documents(az_with_bicep, arm, group, project, tmp_path):
    az = az_with_bicep
    made = az("deployment", "group", "create", "-g", group, *document("subscription.bicep"), "-p", f"projectName={project}")
    assert made["properties"]["provisioningState"] == "Succeeded"
    bought = arm.get(f"{arm.workspace(project, group)}/marketplaceSubscriptions").json()["value"]
    assert [one["name"] for one in bought] == ["Cohere-command-r-08-2024-subscription"]

    # As printed it depends on a resource of the other file.
    said = az.fails("deployment", "group", "create", "-g", group, *document("endpoint.bicep"), "-p", f"projectName={project}")
    assert "BCP057" in said and "projectName_subscription" in said

    alone = (DOCUMENTS / "endpoint.bicep").read_text().replace("  dependsOn: [\n    projectName_subscription\n  ]\n", "")
    (tmp_path / "alone.bicep").write_text(alone)
    arguments = ("-g", group, "--template-file", str(tmp_path / "alone.bicep"))
    parameters = ("-p", f"projectName={project}", f"endpointName={project}")
    made = az("deployment", "group", "create", *arguments, *parameters)
    uri = made["properties"]["outputs"]["endpointUri"]["value"]
    assert uri == arm.get(f"{arm.workspace(project, group)}/serverlessEndpoints/{project}").json()["properties"]["inferenceEndpoint"]["uri"]


@pytest.fixture(scope="module")
def az_with_bicep(server, az, tmp_path_factory):
    """`az` that finds the executable `bicep` of ours on its PATH."""
    folder = tmp_path_factory.mktemp("bicep")
    (folder / "bicep").symlink_to(binary())
    home = tmp_path_factory.mktemp("az-bicep")
    az = Az(server, home, warm=True, PATH=path_with(folder)).register()
    az("config", "set", "bicep.use_binary_from_path=true")
    az.login()
    yield az
    az.end()
