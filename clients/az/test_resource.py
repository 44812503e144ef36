"""`az resource`: any resource by id, by name and type, or from the list."""

import json

import pytest

from cupola import COMMAND_R, TINY_CHAT

ML = "Microsoft.MachineLearningServices"


@pytest.fixture(scope="module", autouse=True)
def command_r(server):
    server.bind_simulator(COMMAND_R)


@pytest.fixture
def project(az, group):
    """A project in a group of its own."""
    name = group.replace("group", "project")
    whole = {"location": "eastus2", "kind": "Project", "properties": {"friendlyName": "Ours"}, "tags": {"team": "red"}}
    az(
        *("resource", "create", "-g", group, "-n", name, "--resource-type", f"{ML}/workspaces"),
        *("--is-full-object", "--properties", json.dumps(whole)),
    )
    return name


def ids(found):
    return [one["id"] for one in found]


def test_a_resource_by_name_and_type(az, group, project):
    shown = az("resource", "show", "-g", group, "-n", project, "--resource-type", f"{ML}/workspaces")
    assert (shown["name"], shown["kind"], shown["location"]) == (project, "Project", "eastus2")
    assert shown["properties"]["friendlyName"] == "Ours"
    assert shown["resourceGroup"] == group
    by_id = az("resource", "show", "--ids", shown["id"].upper())
    assert by_id["id"] == shown["id"]
    az("resource", "delete", "-g", group, "-n", project, "--resource-type", f"{ML}/workspaces")
    assert "ResourceNotFound" in az.fails("resource", "show", "--ids", shown["id"])


def test_a_child_by_its_parent(az, arm, group, project):
    assert arm.put_endpoint(f"child-{project}", TINY_CHAT, workspace=arm.workspace(project, group)).status_code == 201
    shown = az(
        *("resource", "show", "-g", group, "--namespace", ML, "--parent", f"workspaces/{project}"),
        *("--resource-type", "serverlessEndpoints", "-n", f"child-{project}"),
    )
    assert shown["properties"]["modelSettings"]["modelId"] == TINY_CHAT
    # The command line cuts this name wrongly, against every server.
    said = az.fails(
        *("resource", "show", "-g", group, "--resource-type", f"{ML}/workspaces/serverlessEndpoints"),
        *("-n", f"{project}/child-{project}"),
    )
    assert "could not be found" in said
    az("resource", "delete", "--ids", shown["id"])
    assert "ResourceNotFound" in az.fails("resource", "show", "--ids", shown["id"])


def test_lists_and_their_filters(az, group, project):
    def names(*arguments):
        return [one["name"] for one in az("resource", "list", *arguments)]

    assert project in names()
    assert names("-g", group) == [project]
    assert project in names("--resource-type", f"{ML}/workspaces")
    assert names("--resource-type", f"{ML}/workspaces", "-g", group.upper()) == [project]
    assert names("-n", project) == [project]
    assert project in names("--location", "eastus2")
    assert names("--location", "westus3", "-g", group) == []
    assert project in names("--tag", "team=red")
    assert project not in names("--tag", "team=blue")
    listed = az("resource", "list", "-g", group)[0]
    assert listed["type"] == f"{ML}/workspaces"
    assert (listed["kind"], listed["location"], listed["tags"]) == ("Project", "eastus2", {"team": "red"})
    assert listed["provisioningState"] == "Succeeded"
    assert listed["createdTime"] and listed["changedTime"]
    assert "ResourceGroupNotFound" in az.fails("resource", "list", "-g", "no-such-group")


def test_tags(az, group, project):
    id = ids(az("resource", "list", "-g", group))[0]
    assert az("resource", "tag", "--ids", id, "--tags", "a=1", "b=2")["tags"] == {"a": "1", "b": "2"}
    assert az("resource", "tag", "--ids", id, "--tags", "c=3", "--is-incremental")["tags"] == {
        "a": "1",
        "b": "2",
        "c": "3",
    }
    assert az("resource", "show", "--ids", id)["properties"]["friendlyName"] == "Ours", "the rest stays"


def test_an_update_in_place(az, group, project):
    id = ids(az("resource", "list", "-g", group))[0]
    changed = az("resource", "update", "--ids", id, "--set", "properties.friendlyName=Theirs")
    assert changed["properties"]["friendlyName"] == "Theirs"


def test_the_documented_queries(az, arm, group, project):
    workspace = arm.workspace(project, group)
    body = {"properties": {"modelId": COMMAND_R}}
    assert arm.request("PUT", f"{workspace}/marketplaceSubscriptions/bought", body).status_code == 201
    assert arm.put_endpoint(f"sold-{project}", COMMAND_R, workspace=workspace).status_code == 201

    endpoints = az("resource", "list", "--query", f"[?type=='{ML}/workspaces/serverlessEndpoints']")
    assert f"sold-{project}" in [one["name"] for one in endpoints]
    # The documents select on a type that no server reports.
    assert az("resource", "list", "--query", "[?type=='Microsoft.SaaS']") == []
    bought = az("resource", "list", "-g", group, "--query", "[?type=='Microsoft.SaaS/resources']")
    assert [one["location"] for one in bought] == ["global"]

    # Deleting that resource deletes the subscription.
    az("resource", "delete", "--ids", bought[0]["id"])
    assert arm.get(f"{workspace}/marketplaceSubscriptions/bought").status_code == 404
    assert az("resource", "list", "-g", group, "--query", "[?type=='Microsoft.SaaS/resources']") == []


def test_the_documented_delete_is_refused_by_the_command_line(az):
    assert "--resource-group" in az.fails("resource", "delete", "--name", "anything")


def test_keys_by_rest(az, arm, group, project):
    """`invoke-action` prints nothing whatever comes back; `rest` is what the documents use."""
    path = f"{arm.workspace(project, group)}/serverlessEndpoints/rested-{project}"
    assert arm.put_endpoint(f"rested-{project}", TINY_CHAT, workspace=arm.workspace(project, group)).status_code == 201
    url = f"{path}/listKeys?api-version=2024-04-01"
    keys = az("rest", "--method", "post", "--url", url)
    assert keys["primaryKey"] != keys["secondaryKey"]
    body = json.dumps({"keyType": "Primary", "keyValue": keys["primaryKey"]})
    new = az("rest", "--method", "post", "--url", url.replace("listKeys", "regenerateKeys"), "--body", body)
    assert new["primaryKey"] not in (keys["primaryKey"], keys["secondaryKey"])
    assert new["secondaryKey"] == keys["secondaryKey"]
