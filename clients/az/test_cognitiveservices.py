"""`az cognitiveservices`: accounts, their deployments, their keys, and what was deleted."""

import json
import uuid

import pytest

from cupola import COMMAND_R

NAMESPACE = "Microsoft.CognitiveServices"


@pytest.fixture(scope="module", autouse=True)
def command_r(server):
    server.bind_simulator(COMMAND_R)


@pytest.fixture
def named():
    return f"acct-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def account(az, group, named):
    """Runs `az cognitiveservices account` about one account that there is."""

    def run(*arguments):
        return az("cognitiveservices", "account", *arguments, "-n", named, "-g", group)

    made = run("create", "--kind", "AIServices", "--sku", "S0", "-l", "eastus2", "--custom-domain", named, "--yes")
    assert made["properties"]["provisioningState"] == "Succeeded"
    return run


def deploy(account, name, model_format, model, *more):
    model = ("--model-format", model_format, "--model-name", model, "--model-version", "1")
    return account("deployment", "create", "--deployment-name", name, *model, *more)


def test_an_account_is_made_shown_and_listed(az, server, account, group, named):
    seen = account("show")
    assert (seen["name"], seen["kind"], seen["location"], seen["sku"]["name"]) == (named, "AIServices", "eastus2", "S0")
    assert seen["identity"]["principalId"]
    assert seen["properties"]["endpoint"] == f"{server.client['url']}/accounts/{named}/"
    assert [one["name"] for one in az("cognitiveservices", "account", "list", "-g", group)] == [named]
    changed = account("update", "--tags", "by=test")
    assert changed["tags"] == {"by": "test"}
    assert changed["properties"]["customSubDomainName"] == named
    assert account("identity", "show")["type"] == "SystemAssigned"
    account("network-rule", "add", "--ip-address", "10.1.2.3")
    assert [rule["value"] for rule in account("network-rule", "list")["ipRules"]] == ["10.1.2.3"]
    assert az("cognitiveservices", "account", "list-kinds") == ["AIServices", "OpenAI"]


def test_keys(account):
    before = account("keys", "list")
    assert len({before["key1"], before["key2"]}) == 2
    after = account("keys", "regenerate", "--key-name", "Key1")
    assert after["key1"] != before["key1"] and after["key2"] == before["key2"]
    assert account("keys", "list") == after


def test_two_deployments(az, account, group, named):
    offered = {(model["format"], model["name"]) for model in account("list-models")}
    assert {("Cupola", "tiny-chat"), ("Cohere", "Cohere-command-r-08-2024")} <= offered
    made = deploy(account, "chat", "Cupola", "tiny-chat", "--sku-name", "GlobalStandard", "--sku-capacity", "20")
    assert (made["properties"]["provisioningState"], made["sku"]["capacity"]) == ("Succeeded", 20)
    deploy(account, "command", "cohere", "cohere-command-r-08-2024", "--sku-name", "Standard")
    assert [one["name"] for one in account("deployment", "list")] == ["chat", "command"]
    seen = account("deployment", "show", "--deployment-name", "COMMAND")
    assert seen["properties"]["model"]["name"] == "Cohere-command-r-08-2024"
    used = {one["name"]["value"]: one["currentValue"] for one in account("list-usage")}
    assert used["Cupola.GlobalStandard.tiny-chat"] == 20
    account("deployment", "delete", "--deployment-name", "command")
    assert [one["name"] for one in account("deployment", "list")] == ["chat"]
    arguments = ("--deployment-name", "x", "--model-format", "OpenAI", "--model-name", "tiny-chat", "--model-version", "1")
    said = az.fails("cognitiveservices", "account", "deployment", "create", "-n", named, "-g", group, *arguments)
    assert "DeploymentModelNotSupported" in said and "of format 'Cupola'" in said


def test_a_project(az, account, group, named):
    made = az("cognitiveservices", "account", "project", "create", "-n", named, "-g", group, "--project-name", "first", "-l", "eastus2")
    assert made["properties"]["endpoints"]["AI Foundry API"].endswith(f"/accounts/{named}/api/projects/first")
    listed = az("cognitiveservices", "account", "project", "list", "-n", named, "-g", group)
    assert [one["name"].split("/")[-1] for one in listed] == ["first"]
    az("cognitiveservices", "account", "project", "delete", "-n", named, "-g", group, "--project-name", "first")


def test_deleted_recovered_purged(az, account, group, named):
    place = ("-n", named, "-g", group, "-l", "eastus2")
    deploy(account, "chat", "Cupola", "tiny-chat")
    keys = account("keys", "list")
    account("delete")
    assert named in [one["name"] for one in az("cognitiveservices", "account", "list-deleted")]
    assert az("cognitiveservices", "account", "show-deleted", *place)["properties"]["deletionDate"]
    said = az.fails("cognitiveservices", "account", "create", *place, "--kind", "OpenAI", "--sku", "S0", "--yes")
    assert "FlagMustBeSetForRestore" in said
    az("cognitiveservices", "account", "recover", *place)
    assert account("keys", "list") == keys
    assert [one["name"] for one in account("deployment", "list")] == ["chat"]
    account("delete")
    az("cognitiveservices", "account", "purge", *place)
    assert named not in [one["name"] for one in az("cognitiveservices", "account", "list-deleted")]
    az("cognitiveservices", "account", "create", *place, "--kind", "OpenAI", "--sku", "S0", "--yes")


def test_an_exported_group_is_deployed_again(az, account, group, tmp_path):
    deploy(account, "chat", "Cupola", "tiny-chat")
    exported = az("group", "export", "-n", group, "--skip-all-params")
    kinds = [one["type"] for one in exported["resources"]]
    assert kinds == [f"{NAMESPACE}/accounts", f"{NAMESPACE}/accounts/deployments"]
    (tmp_path / "main.json").write_text(json.dumps(exported))
    made = az("deployment", "group", "create", "-g", group, "--template-file", str(tmp_path / "main.json"))
    assert made["properties"]["provisioningState"] == "Succeeded"


def test_the_provider_and_its_places(az):
    shown = az("provider", "show", "-n", NAMESPACE)
    assert "accounts/deployments" in [one["resourceType"] for one in shown["resourceTypes"]]
    offered = az("cognitiveservices", "model", "list", "-l", "eastus2")
    assert "tiny-chat" in [one["model"]["name"] for one in offered]
    az("cognitiveservices", "usage", "list", "-l", "eastus2")
    assert {one["name"] for one in az("cognitiveservices", "account", "list-skus", "-l", "eastus2")} == {"S0"}
