"""`az group`."""

import uuid

import pytest


@pytest.fixture
def name(az):
    name = f"story-{uuid.uuid4().hex[:8]}"
    yield name
    if az("group", "exists", "-n", name):
        az("group", "delete", "-n", name, "--yes", "--no-wait")


def test_the_life_of_a_group(az, name):
    assert az("group", "exists", "-n", name) is False
    made = az("group", "create", "-n", name, "-l", "East US 2", "--tags", "team=red", "empty=")
    assert (made["name"], made["location"]) == (name, "eastus2")
    assert made["tags"] == {"team": "red", "empty": ""}
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert az("group", "exists", "-n", name.upper()) is True
    assert az("group", "show", "-n", name.upper())["name"] == name

    assert az("group", "update", "-n", name, "--set", "tags.cost=7")["tags"]["cost"] == "7"
    assert az("group", "update", "-n", name, "--tags", "only=this")["tags"] == {"only": "this"}
    again = az("group", "create", "-n", name, "-l", "eastus2")
    assert again["id"] == made["id"]

    assert az("group", "delete", "-n", name, "--yes") is None
    assert az("group", "exists", "-n", name) is False
    assert "ResourceGroupNotFound" in az.fails("group", "show", "-n", name)


def test_groups_are_found_by_tag(az, name):
    az("group", "create", "-n", name, "-l", "eastus2", "--tags", f"story={name}")
    assert name in az("group", "list", "--query", "[].name")
    assert az("group", "list", "--tag", f"story={name}", "--query", "[].name") == [name]
    assert az("group", "list", "--tag", "story", "--query", "[].name") == [name]
    assert az("group", "list", "--tag", "story=nobody") == []


def test_a_group_in_another_place_is_another_group(az, name):
    az("group", "create", "-n", name, "-l", "eastus2")
    said = az.fails("group", "create", "-n", name, "-l", "westus")
    assert "InvalidResourceGroupLocation" in said


def test_waiting_for_a_group(az, name):
    az("group", "create", "-n", name, "-l", "eastus2")
    az("group", "wait", "-n", name, "--created")
    az("group", "delete", "-n", name, "--yes", "--no-wait")
    az("group", "wait", "-n", name, "--deleted", "--interval", "1")
    assert az("group", "exists", "-n", name) is False
