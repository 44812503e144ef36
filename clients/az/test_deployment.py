"""`az deployment group`."""

import json
import uuid

import pytest

ML = "Microsoft.MachineLearningServices"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def template(*resources, **more):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources)} | more


def workspace(name="[parameters('name')]", **properties):
    return {
        "type": f"{ML}/workspaces",
        "apiVersion": "2024-10-01",
        "name": name,
        "location": "[resourceGroup().location]",
        "kind": "Project",
        "properties": properties,
    }


def named(name):
    return {"name": {"type": "string", "defaultValue": name}}


@pytest.fixture
def file(tmp_path):
    def write(content, name="main.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return ("--template-file", str(path))

    return write


@pytest.fixture
def whole(file):
    """One project, a parameter of every common type, and outputs."""
    return file(
        template(
            workspace(friendlyName="[parameters('title')]", description="[string(parameters('count'))]"),
            parameters={
                "name": {"type": "string", "minLength": 3},
                "title": {"type": "string", "defaultValue": "[concat('Project ', parameters('name'))]"},
                "count": {"type": "int", "defaultValue": 1, "maxValue": 9},
                "secret": {"type": "securestring", "defaultValue": ""},
                "labels": {"type": "object", "defaultValue": {}},
            },
            outputs={
                "id": {"type": "string", "value": f"[resourceId('{ML}/workspaces', parameters('name'))]"},
                "title": {
                    "type": "string",
                    "value": f"[reference(resourceId('{ML}/workspaces', parameters('name'))).friendlyName]",
                },
                "more": {"type": "int", "value": "[add(parameters('count'), 1)]"},
                "labels": {"type": "object", "value": "[parameters('labels')]"},
            },
        )
    )


def create(az, group, *arguments):
    return az("deployment", "group", "create", "-g", group, *arguments)


def test_parameters_and_outputs(az, arm, group, whole):
    labels = json.dumps({"a": [1, 2]})
    made = create(az, group, *whole, "-p", "name=made", "count=3", "secret=hidden", f"labels={labels}")
    seen = made["properties"]
    assert (made["name"], seen["provisioningState"], seen["mode"]) == ("main", "Succeeded", "Incremental")
    outputs = {name: (one["type"].lower(), one["value"]) for name, one in seen["outputs"].items()}
    assert outputs == {
        "id": ("string", arm.workspace("made", group)),
        "title": ("string", "Project made"),
        "more": ("int", 4),
        "labels": ("object", {"a": [1, 2]}),
    }
    assert seen["parameters"]["count"]["value"] == 3
    assert "value" not in seen["parameters"]["secret"] or seen["parameters"]["secret"]["value"] is None
    assert "hidden" not in json.dumps(made)
    assert [one["id"] for one in seen["outputResources"]] == [arm.workspace("made", group)]
    assert arm.get(arm.workspace("made", group)).json()["properties"]["description"] == "3"


def test_history_operations_and_export(az, arm, group, whole):
    create(az, group, *whole, "-n", "first", "-p", "name=one")
    create(az, group, *whole, "-n", "second", "-p", "name=two")
    listed = az("deployment", "group", "list", "-g", group)
    assert {one["name"] for one in listed} == {"first", "second"}
    shown = az("deployment", "group", "show", "-g", group, "-n", "FIRST")
    assert (shown["name"], shown["properties"]["duration"][:2]) == ("first", "PT")
    assert shown["properties"]["correlationId"] and shown["properties"]["templateHash"].isdigit()

    operations = az("deployment", "operation", "group", "list", "-g", group, "-n", "first")
    done = {
        (one["properties"]["provisioningOperation"], one["properties"]["provisioningState"]): one["properties"]
        for one in operations
    }
    target = done[("Create", "Succeeded")]["targetResource"]
    assert (target["id"], target["resourceType"]) == (arm.workspace("one", group), f"{ML}/workspaces")
    assert ("EvaluateDeploymentOutput", "Succeeded") in done
    one = az("deployment", "operation", "group", "show", "-g", group, "-n", "first", "--operation-ids", operations[0]["operationId"])
    assert one[0]["operationId"] == operations[0]["operationId"]

    exported = az("deployment", "group", "export", "-g", group, "-n", "first")
    assert exported["parameters"]["title"]["defaultValue"] == "[concat('Project ', parameters('name'))]"
    az("deployment", "group", "delete", "-g", group, "-n", "first")
    assert "DeploymentNotFound" in az.fails("deployment", "group", "show", "-g", group, "-n", "first")
    assert arm.get(arm.workspace("one", group)).status_code == 200, "what it made stays"


def test_comments_and_line_breaks_travel_as_they_are(az, arm, group, file):
    commented = file(
        """// The command line sends this file's own bytes, under a key without quotes.
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0", /* a comment */
  "parameters": { "name": { "type": "string" } },
  "resources": [
    {
      "type": "Microsoft.MachineLearningServices/workspaces", "apiVersion": "2024-10-01",
      "name": "[parameters('name')]", "location": "eastus2", "kind": "Project",
      "properties": { "friendlyName": "[concat(
          'two ',   // no comment: this is inside a string
          'lines')]" }
    }
  ]
}
""".replace("   // no comment: this is inside a string", "")
    )
    made = create(az, group, *commented, "-p", "name=commented")
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert arm.get(arm.workspace("commented", group)).json()["properties"]["friendlyName"] == "two lines"


def test_parameters_from_a_file(az, arm, group, whole, tmp_path):
    values = {"name": {"value": "from-file"}, "title": {"value": "Told"}, "count": {"value": 9}}
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
    (tmp_path / "p.json").write_text(json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", "parameters": values}))
    made = create(az, group, *whole, "-p", f"@{tmp_path / 'p.json'}", "title=Overridden")
    assert made["properties"]["outputs"]["title"]["value"] == "Overridden"
    assert made["properties"]["outputs"]["more"]["value"] == 10


def test_what_is_wrong_is_told_at_validate(az, group, whole, file):
    assert "Missing input parameters: name" in az.fails("deployment", "group", "validate", "-g", group, *whole)
    said = az.fails("deployment", "group", "validate", "-g", group, *whole, "-p", "name=ab", "count=10")
    assert "InvalidTemplate" in said and "'name'" in said and "'count'" in said, "every fault, not the first alone"
    said = az.fails("deployment", "group", "validate", "-g", group, *whole, "-p", "name=abc", "nobody=1")
    assert "nobody" in said
    cyclic = template(
        workspace("aaa") | {"dependsOn": ["bbb"]},
        workspace("bbb") | {"dependsOn": ["aaa"]},
    )
    said = az.fails("deployment", "group", "validate", "-g", group, *file(cyclic))
    assert "InvalidTemplate" in said and "ircular" in said
    segments = template(workspace("a/b/c"))
    assert "incorrect segment lengths" in az.fails("deployment", "group", "validate", "-g", group, *file(segments))
    unknown = template(workspace("[nosuch('x')]"))
    assert "nosuch" in az.fails("deployment", "group", "validate", "-g", group, *file(unknown))


def test_a_template_that_is_fine(az, arm, group, whole):
    seen = az("deployment", "group", "validate", "-g", group, *whole, "-p", "name=fine")
    assert [one["id"] for one in seen["properties"]["validatedResources"]] == [arm.workspace("fine", group)]
    assert arm.get(arm.workspace("fine", group)).status_code == 404, "validating makes nothing"


def what_if(az, group, *arguments):
    seen = az("deployment", "group", "what-if", "-g", group, "--no-pretty-print", *arguments)
    assert seen["status"] == "Succeeded"
    return {one["resourceId"].rsplit("/", 1)[1]: one for one in seen["changes"]}


def test_what_if(az, arm, group, whole):
    changes = what_if(az, group, *whole, "-p", "name=planned")
    assert changes["planned"]["changeType"] == "Create"
    assert changes["planned"]["after"]["properties"]["friendlyName"] == "Project planned"
    assert arm.get(arm.workspace("planned", group)).status_code == 404

    create(az, group, *whole, "-p", "name=planned")
    assert what_if(az, group, *whole, "-p", "name=planned")["planned"]["changeType"] == "NoChange"
    change = what_if(az, group, *whole, "-p", "name=planned", "title=Another")["planned"]
    assert change["changeType"] == "Modify"
    deltas = [(one["path"], one["before"], one["after"]) for one in change["delta"]]
    assert deltas == [("properties.friendlyName", "Project planned", "Another")]

    changes = what_if(az, group, *whole, "-p", "name=other", "--mode", "Complete")
    assert (changes["planned"]["changeType"], changes["other"]["changeType"]) == ("Delete", "Create")
    pretty = az.run("deployment", "group", "what-if", "-g", group, *whole, "-p", "name=planned", "title=Another")
    assert pretty.returncode == 0, pretty.stderr
    assert '"Project planned" => "Another"' in pretty.stdout


def test_complete_mode_deletes_the_rest(az, arm, group, whole):
    create(az, group, *whole, "-p", "name=old")
    create(az, group, *whole, "-p", "name=new")
    assert {one["name"] for one in az("resource", "list", "-g", group)} == {"old", "new"}
    create(az, group, *whole, "--mode", "Complete", "-p", "name=new")
    assert {one["name"] for one in az("resource", "list", "-g", group)} == {"new"}


def test_a_resource_that_cannot_be_is_named_before_anything_is_made(az, arm, group, file):
    endpoint = {
        "type": f"{ML}/workspaces/serverlessEndpoints",
        "apiVersion": "2024-04-01",
        "name": "[concat(parameters('name'), '/endpoint')]",
        "location": "eastus2",
        "sku": {"name": "Consumption"},
        "properties": {"modelSettings": {"modelId": "azureml://registries/cupola/models/no-such-model"}},
        "dependsOn": ["[parameters('name')]"],
    }
    said = az.fails("deployment", "group", "create", "-g", group, *file(template(workspace(), endpoint, parameters=named("broken"))))
    assert "InvalidTemplateDeployment" in said and "no-such-model" in said
    assert az("resource", "list", "-g", group) == []


def failing(name="broken"):
    """Nobody knows before it runs that there is nothing to refer to."""
    missing = f"[reference(resourceId('{ML}/workspaces', 'missing'), '2024-10-01').friendlyName]"
    return template(workspace(), workspace("after", friendlyName=missing) | {"dependsOn": [name]}, parameters=named(name))


def test_a_resource_that_fails_is_named(az, arm, group, file):
    said = az.fails("deployment", "group", "create", "-g", group, *file(failing(), "failing.json"))
    assert "DeploymentFailed" in said and "missing" in said
    shown = az("deployment", "group", "show", "-g", group, "-n", "failing")
    assert shown["properties"]["provisioningState"] == "Failed"
    assert "missing" in json.dumps(shown["properties"]["error"]["details"])
    operations = az("deployment", "operation", "group", "list", "-g", group, "-n", "failing")
    failed = [one["properties"] for one in operations if one["properties"]["provisioningState"] == "Failed"]
    assert len(failed) == 1 and "missing" in json.dumps(failed[0]["statusMessage"])
    assert arm.get(arm.workspace("broken", group)).status_code == 200
    assert arm.get(arm.workspace("after", group)).status_code == 404


def test_loops_conditions_and_children(az, arm, group, file):
    child = {
        "type": "connections",
        "apiVersion": "2024-10-01",
        "name": "[concat('connection-', copyIndex())]",
        "dependsOn": ["[parameters('name')]"],
        "copy": {"name": "all", "count": 3},
        "properties": {
            "category": "Serverless",
            "target": "https://models.test",
            "authType": "ApiKey",
            "credentials": {"key": "[concat('key-', copyIndex())]"},
        },
    }
    child |= {"type": f"{ML}/workspaces/connections", "name": "[concat(parameters('name'), '/connection-', copyIndex())]"}
    skipped = workspace("never") | {"condition": "[equals(1, 2)]"}
    create(az, group, *file(template(workspace(), child, skipped, parameters=named("looped"))))
    listed = arm.get(f"{arm.workspace('looped', group)}/connections").json()["value"]
    assert sorted(one["name"] for one in listed) == ["connection-0", "connection-1", "connection-2"]
    assert "key-0" not in json.dumps(listed)
    assert arm.get(arm.workspace("never", group)).status_code == 404


def test_a_deployment_within_a_deployment(az, arm, group, file):
    inner = template(workspace(), parameters={"name": {"type": "string"}}, outputs={"seen": {"type": "string", "value": "[parameters('name')]"}})
    nested = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": "inner",
        "properties": {
            "mode": "Incremental",
            "expressionEvaluationOptions": {"scope": "inner"},
            "parameters": {"name": {"value": "[parameters('name')]"}},
            "template": inner,
        },
    }
    outputs = {"seen": {"type": "string", "value": "[reference('inner').outputs.seen.value]"}}
    made = create(az, group, *file(template(nested, parameters=named("nested"), outputs=outputs)))
    assert made["properties"]["outputs"]["seen"]["value"] == "nested"
    assert {one["name"] for one in az("deployment", "group", "list", "-g", group)} == {"main", "inner"}
    assert arm.get(arm.workspace("nested", group)).status_code == 200


def test_back_to_the_last_that_succeeded(az, arm, group, file):
    good = file(template(workspace("kept", friendlyName="good")), "good.json")
    create(az, group, *good, "-n", "good")
    az.fails(*("deployment", "group", "create", "-g", group, *file(failing("kept"), "broken.json")), "--rollback-on-error")
    az("deployment", "group", "wait", "-g", group, "-n", "good", "--created", "--interval", "1", "--timeout", "30")
    assert arm.get(arm.workspace("kept", group)).json()["properties"]["friendlyName"] == "good"


def test_no_wait_wait_and_cancel(az, group, whole):
    az("deployment", "group", "create", "-g", group, *whole, "-n", "later", "-p", "name=later", "--no-wait")
    az("deployment", "group", "wait", "-g", group, "-n", "later", "--created", "--interval", "1", "--timeout", "30")
    assert az("deployment", "group", "show", "-g", group, "-n", "later")["properties"]["provisioningState"] == "Succeeded"
    # One that has ended cannot be cancelled.
    said = az.fails("deployment", "group", "cancel", "-g", group, "-n", "later")
    assert "cannot be cancelled" in said.lower() or "DeploymentCannotBeCancelled" in said


def test_a_subscription_deployment(az, arm, file):
    name = f"sub-{uuid.uuid4().hex[:8]}"
    made_group = {
        "type": "Microsoft.Resources/resourceGroups",
        "apiVersion": "2024-03-01",
        "name": name,
        "location": "eastus2",
        "properties": {},
    }
    inner = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": f"{name}-inner",
        "resourceGroup": name,
        "dependsOn": [name],
        "properties": {"mode": "Incremental", "template": template(workspace("inside") | {"location": "eastus2"})},
    }
    subscription_schema = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
    content = file(template(made_group, inner) | {"$schema": subscription_schema}, f"{name}.json")
    arguments = ("-l", "eastus2", "-n", name, *content)
    az("deployment", "sub", "validate", *arguments)
    planned = az("deployment", "sub", "what-if", "--no-pretty-print", *arguments)
    assert "Create" in {one["changeType"] for one in planned["changes"]}
    made = az("deployment", "sub", "create", *arguments)
    assert (made["location"], made["properties"]["provisioningState"]) == ("eastus2", "Succeeded")
    assert arm.get(arm.workspace("inside", name)).status_code == 200
    assert name in [one["name"] for one in az("deployment", "sub", "list")]
    assert az("deployment", "sub", "show", "-n", name)["id"].lower().endswith(f"/microsoft.resources/deployments/{name}")
    assert az("deployment", "operation", "sub", "list", "-n", name)
    az("deployment", "sub", "delete", "-n", name)
    az("group", "delete", "-n", name, "--yes", "--no-wait")
