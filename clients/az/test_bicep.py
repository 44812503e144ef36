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


def test_an_account_with_two_deployments(az_with_bicep, arm, group):
    az, name = az_with_bicep, f"acct-{group}"
    what = ("-g", group, *document("account.bicep"), "-p", f"accountName={name}")
    made = az("deployment", "group", "create", *what)
    assert made["properties"]["provisioningState"] == "Succeeded"
    account = f"{arm.subscription()}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{name}"
    assert made["properties"]["outputs"]["endpoint"]["value"] == arm.get(account).json()["properties"]["endpoint"]
    deployments = {one["name"]: one for one in arm.get(f"{account}/deployments").json()["value"]}
    assert {name: one["sku"]["capacity"] for name, one in deployments.items()} == {"chat": 50, "command": 10}
    assert deployments["chat"]["properties"]["raiPolicyName"] == "house-rules"
    policy = arm.get(f"{account}/raiPolicies/house-rules").json()["properties"]
    assert policy["customBlocklists"] == [{"blocklistName": "words", "blocking": True, "source": "Prompt"}]
    item = arm.get(f"{account}/raiBlocklists/words/raiBlocklistItems/maple").json()["properties"]
    assert item["isRegex"] and item["pattern"] == "\\bproject\\s+maple\\b"
    # A second time changes nothing, and says so before.
    foreseen = az("deployment", "group", "what-if", *what, "--no-pretty-print")
    assert {change["changeType"] for change in foreseen["changes"]} <= {"NoChange", "Ignore"}, foreseen
    az("deployment", "group", "create", *what)


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
