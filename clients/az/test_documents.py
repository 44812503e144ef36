"""The flow of the documents, verbatim, with its defects."""

from pathlib import Path

import pytest

from cupola import COMMAND_R, Deployment

DOCUMENTS = Path(__file__).parent / "documents"
ML = "Microsoft.MachineLearningServices"


@pytest.fixture(scope="module", autouse=True)
def command_r(server):
    server.bind_simulator(COMMAND_R)


@pytest.fixture
def project(az, arm, group):
    name = group.replace("group", "docs")
    body = {"location": "eastus2", "kind": "Project", "properties": {}}
    assert arm.request("PUT", arm.workspace(name, group), body).status_code == 201
    return name


def template(name):
    return ("--template-file", str(DOCUMENTS / name))


def test_an_undeclared_location_is_refused_at_validate(az, arm, group, project):
    arguments = ("-g", group, *template("subscription.json"), "--parameters", f"project_name={project}")
    for verb in ("validate", "create"):
        said = az.fails("deployment", "group", verb, *arguments)
        assert "InvalidTemplate" in said
        assert "The template parameter 'location' is not found" in said
    assert arm.get(f"{arm.workspace(project, group)}/marketplaceSubscriptions").json()["value"] == []
    assert az("deployment", "group", "list", "-g", group) == [], "nothing began"


def test_the_endpoint_template(az, arm, group, project):
    body = {"properties": {"modelId": COMMAND_R}}
    bought = f"{arm.workspace(project, group)}/marketplaceSubscriptions/Cohere-command-r-08-2024"
    assert arm.request("PUT", bought, body).status_code == 201
    parameters = (f"project_name={project}", f"endpoint_name={project}-endpoint")
    made = az("deployment", "group", "create", "-g", group, *template("endpoint.json"), "--parameters", *parameters)
    assert made["name"] == "endpoint", "the name of the file"
    assert made["properties"]["provisioningState"] == "Succeeded"
    id = f"{arm.workspace(project, group)}/serverlessEndpoints/{project}-endpoint"
    assert [one["id"] for one in made["properties"]["outputResources"]] == [id]

    shown = az("resource", "list", "--query", f"[?type=='{ML}/workspaces/serverlessEndpoints' && resourceGroup=='{group}']")
    assert [one["id"] for one in shown] == [id]
    keys = az("rest", "--method", "post", "--url", f"{id}/listKeys?api-version=2024-04-01")
    uri = az("resource", "show", "--ids", id, "--query", "properties.inferenceEndpoint.uri")
    model = Deployment(arm.session.verify, uri, keys["primaryKey"])
    assert model.chat("hello").status_code == 200

    az("resource", "delete", "--ids", id)
    assert arm.get(id).status_code == 404
