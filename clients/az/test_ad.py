"""`az ad`: people and programs."""

import uuid

import pytest


@pytest.fixture
def name():
    return f"story-{uuid.uuid4().hex[:8]}"


def test_a_program_with_a_role(az, arm, group, fresh, name):
    made = az("ad", "sp", "create-for-rbac", "-n", name, "--role", "Reader", "--scopes", arm.group(group))
    assert (made["displayName"], made["tenant"]) == (name, arm.client["tenant_id"])
    reader = fresh().register()
    reader("login", "--service-principal", "-u", made["appId"], "-p", made["password"], "--tenant", made["tenant"])
    assert reader("group", "list", "--query", "[].name") == [group]
    assert "AuthorizationFailed" in reader.fails("group", "update", "-n", group, "--tags", "a=b")

    shown = az("ad", "sp", "show", "--id", made["appId"])
    assert (shown["appId"], shown["displayName"]) == (made["appId"], name)
    assert [one["appId"] for one in az("ad", "sp", "list", "--display-name", name)] == [made["appId"]]
    assert [one["appId"] for one in az("ad", "app", "list", "--app-id", made["appId"])] == [made["appId"]]

    reset = az("ad", "sp", "credential", "reset", "--id", made["appId"])
    assert reset["password"] != made["password"]
    said = fresh().register().fails(
        "login", "--service-principal", "-u", made["appId"], "-p", made["password"], "--tenant", made["tenant"]
    )
    assert "AADSTS7000215" in said, "the old secret is gone"
    more = az("ad", "sp", "credential", "reset", "--id", made["appId"], "--append", "--display-name", "second")
    listed = az("ad", "sp", "credential", "list", "--id", made["appId"])
    assert len(listed) == 2 and "second" in [one["displayName"] for one in listed]
    for secret in (reset["password"], more["password"]):
        signed_in = fresh().register()
        signed_in("login", "--service-principal", "-u", made["appId"], "-p", secret, "--tenant", made["tenant"])

    az("ad", "sp", "delete", "--id", made["appId"])
    said = fresh().register().fails(
        "login", "--service-principal", "-u", made["appId"], "-p", reset["password"], "--tenant", made["tenant"]
    )
    assert "AADSTS" in said
    az("ad", "app", "delete", "--id", made["appId"])
    assert az("ad", "app", "list", "--display-name", name) == []


def test_a_person(az, name):
    upn = f"{name}@cupola.local"
    made = az(
        *("ad", "user", "create", "--display-name", name, "--user-principal-name", upn, "--password", "Str0ng-enough-here"),
        *("--force-change-password-next-sign-in", "false"),
    )
    assert (made["userPrincipalName"], made["displayName"]) == (upn, name)
    assert az("ad", "user", "show", "--id", upn)["id"] == made["id"]
    assert az("ad", "user", "show", "--id", made["id"])["userPrincipalName"] == upn
    assert [one["id"] for one in az("ad", "user", "list", "--upn", upn)] == [made["id"]]
    assert made["id"] in az("ad", "user", "list", "--query", "[].id")
    az("ad", "user", "delete", "--id", upn)
    assert az("ad", "user", "list", "--upn", upn) == []


def test_a_program_is_nobody_signed_in(az):
    assert "/me" in az.fails("ad", "signed-in-user", "show")
