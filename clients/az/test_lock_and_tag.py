"""`az lock` and `az tag`."""


def test_a_lock_on_a_group(az, arm, group):
    made = az("lock", "create", "-n", "keep", "-g", group, "-t", "CanNotDelete", "--notes", "Ours.")
    assert (made["name"], made["level"], made["notes"]) == ("keep", "CanNotDelete", "Ours.")
    assert [one["id"] for one in az("lock", "list", "-g", group)] == [made["id"]]
    assert az("lock", "show", "-n", "keep", "-g", group)["level"] == "CanNotDelete"
    assert "ScopeLocked" in az.fails("group", "delete", "-n", group, "--yes")
    assert az("group", "update", "-n", group, "--set", "tags.a=b")["tags"] == {"a": "b"}

    assert az("lock", "update", "-n", "keep", "-g", group, "-t", "ReadOnly")["level"] == "ReadOnly"
    assert "ScopeLocked" in az.fails("group", "update", "-n", group, "--set", "tags.c=d")
    workspace = {"location": "eastus2", "kind": "Project", "properties": {}}
    refused = arm.request("PUT", arm.workspace("inside", group), workspace)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ScopeLocked"), "a lock holds for what is below"

    az("lock", "delete", "-n", "keep", "-g", group)
    assert az("lock", "list", "-g", group) == []
    assert arm.request("PUT", arm.workspace("inside", group), workspace).status_code == 201


def test_a_lock_on_a_resource(az, arm, group):
    workspace = arm.workspace("locked", group)
    assert arm.request("PUT", workspace, {"location": "eastus2", "kind": "Project", "properties": {}}).status_code == 201
    made = az(
        *("lock", "create", "-n", "mine", "-t", "CanNotDelete", "-g", group, "--resource", "locked"),
        *("--resource-type", "Microsoft.MachineLearningServices/workspaces"),
    )
    assert made["id"].lower().startswith(workspace.lower())
    az.fails("resource", "delete", "--ids", workspace)
    refused = arm.request("DELETE", workspace)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ScopeLocked")
    assert "ScopeLocked" in az.fails("group", "delete", "-n", group, "--yes"), "what a lock protects below is protected above"
    az("lock", "delete", "--ids", made["id"])
    az("resource", "delete", "--ids", workspace)


def test_tags_of_a_resource(az, arm, group):
    id = arm.group(group)
    az("tag", "create", "--resource-id", id, "--tags", "team=red", "cost=1")
    assert az("tag", "list", "--resource-id", id)["properties"]["tags"] == {"team": "red", "cost": "1"}
    merged = az("tag", "update", "--resource-id", id, "--operation", "Merge", "--tags", "cost=2", "more=yes")
    assert merged["properties"]["tags"] == {"team": "red", "cost": "2", "more": "yes"}
    less = az("tag", "update", "--resource-id", id, "--operation", "Delete", "--tags", "more=yes")
    assert less["properties"]["tags"] == {"team": "red", "cost": "2"}
    whole = az("tag", "update", "--resource-id", id, "--operation", "Replace", "--tags", "only=this")
    assert whole["properties"]["tags"] == {"only": "this"}
    assert az("group", "show", "-n", group)["tags"] == {"only": "this"}
    az("tag", "delete", "--resource-id", id, "--yes")
    assert not az("group", "show", "-n", group)["tags"]


def test_every_tag_of_the_subscription(az, arm, group):
    az("tag", "update", "--resource-id", arm.group(group), "--operation", "Merge", "--tags", f"story={group}")
    listed = {one["tagName"]: [value["tagValue"] for value in one["values"]] for one in az("tag", "list")}
    assert group in listed["story"]
