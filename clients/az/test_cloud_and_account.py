"""Pointing `az` here, and what it keeps about subscriptions."""

import json


def test_a_registered_cloud(server, fresh):
    az = fresh().register()
    seen = az("cloud", "show")
    url = server.client["url"]
    assert (seen["name"], seen["isActive"]) == ("Cupola", True)
    assert seen["endpoints"]["resourceManager"].rstrip("/") == url
    assert seen["endpoints"]["activeDirectory"].rstrip("/") == url
    assert seen["endpoints"]["microsoftGraphResourceId"].rstrip("/") == url
    assert seen["endpoints"]["activeDirectoryResourceId"] == f"{url}/"
    assert az("cloud", "list", "--query", "[?isActive].name") == ["Cupola"]


def test_a_cloud_that_was_registered_with_a_slash(server, fresh):
    az = fresh()
    az("cloud", "register", "-n", "Slash", "--endpoint-resource-manager", f"{server.client['url']}/")
    az("cloud", "set", "-n", "Slash")
    az("config", "set", "core.instance_discovery=false")
    assert [one["id"] for one in az.login()] == [server.client["subscription_id"]]
    assert server.client["resource_group"] in az("group", "list", "--query", "[].name")


def test_the_variables_of_cupola_env_are_enough(server, fresh):
    az = fresh(**server.environment(), AZURE_CORE_INSTANCE_DISCOVERY="false")
    az("cloud", "set", "-n", "Cupola")
    assert [one["id"] for one in az.login()] == [server.client["subscription_id"]]
    assert server.client["resource_group"] in az("group", "list", "--query", "[].name")


def test_an_authority_under_adfs_needs_no_setting(server, fresh):
    """MSAL asks the public cloud about no authority that ends in /adfs."""
    az = fresh()
    url = server.client["url"]
    endpoints = json.dumps(
        {
            "endpoints": {
                "activeDirectory": f"{url}/adfs",
                "activeDirectoryResourceId": f"{url}/",
                "microsoftGraphResourceId": f"{url}/",
                "resourceManager": url,
            }
        }
    )
    az("cloud", "register", "-n", "Adfs", "--cloud-config", endpoints)
    az("cloud", "set", "-n", "Adfs")
    assert [one["id"] for one in az.login()] == [server.client["subscription_id"]]
    assert server.client["resource_group"] in az("group", "list", "--query", "[].name")


def test_subscriptions_are_kept_and_shown(server, az):
    id, tenant = server.client["subscription_id"], server.client["tenant_id"]
    listed = az("account", "list", "--refresh")
    assert [(one["id"], one["tenantId"], one["state"]) for one in listed if one["isDefault"]] == [(id, tenant, "Enabled")]
    az("account", "set", "--subscription", id)
    shown = az("account", "show")
    assert (shown["id"], shown["environmentName"], shown["user"]["type"]) == (id, "Cupola", "servicePrincipal")
    assert "'nosuch' doesn't exist" in az.fails("account", "set", "--subscription", "nosuch")


def test_regions(az):
    locations = {one["name"]: one["displayName"] for one in az("account", "list-locations")}
    assert locations["eastus2"] == "East US 2"
    assert len(locations) >= 7


def test_a_token_for_something_else(server, az, arm):
    token = az("account", "get-access-token")
    assert (token["tokenType"], token["subscription"]) == ("Bearer", server.client["subscription_id"])
    arm.session.headers["Authorization"] = f"Bearer {token['accessToken']}"
    assert arm.get(arm.group()).status_code == 200
    scoped = az("account", "get-access-token", "--scope", f"{server.client['url']}/.default")
    arm.session.headers["Authorization"] = f"Bearer {scoped['accessToken']}"
    assert arm.get(arm.group()).status_code == 200


def test_a_wrong_secret_is_explained(server, fresh):
    az = fresh().register()
    client = server.client
    said = az.fails(
        "login", "--service-principal", "-u", client["client_id"], "-p", "wrong", "--tenant", client["tenant_id"]
    )
    assert "AADSTS7000215" in said


def test_an_unknown_tenant_is_explained(server, fresh):
    client = server.client
    az = fresh().register()
    tenant = "11111111-2222-3333-4444-555555555555"
    said = az.fails(
        "login", "--service-principal", "-u", client["client_id"], "-p", client["client_secret"], "--tenant", tenant
    )
    assert tenant in said
