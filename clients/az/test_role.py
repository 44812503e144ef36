"""`az role`: who may do what, where."""

import json
import uuid

import pytest

import directory

DEVELOPER = "Azure AI Developer"
READER = directory.READER


@pytest.fixture(scope="module")
def application(arm):
    return directory.Application(arm, "role", role=None)


@pytest.fixture
def scope(arm, group):
    return arm.group(group)


def assignments(az, *arguments):
    return az("role", "assignment", "list", *arguments)


def test_an_assignment(az, arm, application, scope):
    made = az("role", "assignment", "create", "--assignee", application.app_id, "--role", DEVELOPER, "--scope", scope)
    assert (made["principalId"], made["scope"]) == (application.principal, scope)
    again = az("role", "assignment", "create", "--assignee", application.app_id, "--role", DEVELOPER, "--scope", scope)
    assert again["id"] == made["id"], "az finds the one there is"

    [listed] = assignments(az, "--scope", scope)
    assert (listed["roleDefinitionName"], listed["principalType"]) == (DEVELOPER, "ServicePrincipal")
    assert listed["principalName"] == application.app_id
    assert [one["id"] for one in assignments(az, "--assignee", application.app_id, "--all")] == [made["id"]]
    assert made["id"] in [one["id"] for one in assignments(az, "--all")]
    assert [one["id"] for one in assignments(az, "--scope", scope, "--role", DEVELOPER)] == [made["id"]]
    inherited = assignments(az, "--scope", scope, "--include-inherited")
    assert {one["scope"] for one in inherited} >= {scope, "/"}

    az("role", "assignment", "delete", "--assignee", application.app_id, "--role", DEVELOPER, "--scope", scope)
    assert assignments(az, "--scope", scope) == []


def test_an_assignment_by_object_id(az, application, scope):
    made = az(
        *("role", "assignment", "create", "--assignee-object-id", application.principal),
        *("--assignee-principal-type", "ServicePrincipal", "--role", READER, "--scope", scope),
    )
    az("role", "assignment", "delete", "--ids", made["id"])
    assert assignments(az, "--scope", scope) == []


def test_strangers_and_unknown_roles(az, application, scope):
    nobody = str(uuid.uuid4())
    said = az.fails("role", "assignment", "create", "--assignee", nobody, "--role", READER, "--scope", scope)
    assert nobody in said
    said = az.fails(
        *("role", "assignment", "create", "--assignee-object-id", nobody, "--assignee-principal-type", "ServicePrincipal"),
        *("--role", READER, "--scope", scope),
    )
    assert "PrincipalNotFound" in said
    said = az.fails("role", "assignment", "create", "--assignee", application.app_id, "--role", nobody, "--scope", scope)
    assert "RoleDefinitionDoesNotExist" in said
    said = az.fails("role", "assignment", "create", "--assignee", application.app_id, "--role", "No Such", "--scope", scope)
    assert "doesn't exist" in said


def test_built_in_roles(az):
    names = az("role", "definition", "list", "--query", "[].roleName")
    assert {"Owner", "Contributor", "Reader", "User Access Administrator", DEVELOPER, "AzureML Data Scientist"} <= set(names)
    [one] = az("role", "definition", "list", "--name", DEVELOPER)
    assert (one["name"], one["roleType"]) == ("64702f94-c441-49e6-a78b-ef80e0188fee", "BuiltInRole")
    assert one["permissions"][0]["notActions"]


def test_a_role_of_our_own(az, arm, application, fresh, scope):
    name = f"Endpoint Reader {uuid.uuid4().hex[:6]}"
    role = {
        "Name": name,
        "Description": "Reads endpoints and nothing else.",
        "Actions": ["Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/read"],
        "AssignableScopes": [arm.subscription()],
    }
    made = az("role", "definition", "create", "--role-definition", json.dumps(role))
    assert (made["roleName"], made["roleType"]) == (name, "CustomRole")
    [found] = az("role", "definition", "list", "--name", name)
    assert found["permissions"][0]["actions"] == role["Actions"]
    assert name in az("role", "definition", "list", "--custom-role-only", "true", "--query", "[].roleName")

    az("role", "assignment", "create", "--assignee", application.app_id, "--role", name, "--scope", scope)
    limited = fresh().register()
    limited(
        *("login", "--service-principal", "-u", application.app_id, "-p", application.secret()),
        *("--tenant", arm.client["tenant_id"], "--allow-no-subscriptions"),
    )
    url = f"{arm.url}{arm.workspace('any', scope.rsplit('/', 1)[1])}"
    said = limited.fails("rest", "--url", f"{url}?api-version=2024-10-01")
    assert "AuthorizationFailed" in said and application.app_id in said
    assert "NotFound" in limited.fails("rest", "--url", f"{url}/serverlessEndpoints/x?api-version=2024-10-01")

    found["permissions"][0]["actions"] = ["*/read"]
    changed = az("role", "definition", "update", "--role-definition", json.dumps(found))
    assert changed["permissions"][0]["actions"] == ["*/read"]
    assert "ResourceNotFound" in limited.fails("rest", "--url", f"{url}?api-version=2024-10-01")

    assert "RoleDefinitionHasAssignments" in az.fails("role", "definition", "delete", "--name", name)
    az("role", "assignment", "delete", "--assignee", application.app_id, "--role", name, "--scope", scope)
    az("role", "definition", "delete", "--name", name)
    assert az("role", "definition", "list", "--name", name) == []


def test_a_developer_sees_the_subscription_and_no_more(az, arm, group, fresh):
    """Documented as enough for the whole flow of the SDK."""
    application = directory.Application(arm, "developer", role=None)
    workspace = arm.workspace("dev", group)
    assert arm.request("PUT", workspace, {"location": "eastus2", "kind": "Project", "properties": {}}).status_code == 201
    directory.assign(arm, application.principal, "64702f94-c441-49e6-a78b-ef80e0188fee", arm.group(group))
    developer = fresh().register()
    subscriptions = developer(
        *("login", "--service-principal", "-u", application.app_id, "-p", application.secret()),
        *("--tenant", arm.client["tenant_id"]),
    )
    assert [one["id"] for one in subscriptions] == [arm.client["subscription_id"]]
    assert developer("group", "list", "--query", "[].name") == [group]
    assert developer("resource", "list", "--query", "[].name") == ["dev"]
    said = developer.fails("group", "create", "-n", "mine", "-l", "eastus2")
    assert "AuthorizationFailed" in said
    said = developer.fails("rest", "--method", "delete", "--url", f"{arm.url}{workspace}?api-version=2024-10-01")
    assert "AuthorizationFailed" in said
