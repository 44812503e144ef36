"""A user name and a password: MSAL asks for the user's realm on port 443 of the identity host, whatever the port was."""

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import UsernamePasswordCredential

import cupola
import directory

CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


@pytest.fixture(scope="module")
def somebody(server):
    return directory.person(cupola.Arm(server), "joan")


def test_azure_identity(server, somebody):
    credential = UsernamePasswordCredential(CLI, somebody.upn, somebody.password, tenant_id=server.client["tenant_id"])
    assert credential.get_token("https://management.azure.com/.default").token
    record = credential.authenticate(scopes=["https://management.azure.com/.default"])
    assert record.username == somebody.upn
    wrong = UsernamePasswordCredential(CLI, somebody.upn, "wrong", tenant_id=server.client["tenant_id"])
    with pytest.raises(ClientAuthenticationError, match="AADSTS50126"):
        wrong.get_token("https://management.azure.com/.default")


def test_az(az, server, somebody):
    [subscription] = az("login", "-u", somebody.upn, "-p", somebody.password)
    assert (subscription["id"], subscription["user"]["name"]) == (server.client["subscription_id"], somebody.upn)
    assert az("ad", "signed-in-user", "show")["id"] == somebody.id
    assert az("role", "assignment", "list", "--assignee", somebody.upn, "--query", "[].roleDefinitionName") == ["Reader"]
    az("logout")
