"""`az provider`: what kinds of resources there are. The generic commands choose their api-version here."""

ML = "Microsoft.MachineLearningServices"


def test_providers_are_listed(az):
    listed = az("provider", "list")
    assert {ML, "Microsoft.SaaS", "Microsoft.Resources", "Microsoft.Authorization"} <= {
        one["namespace"] for one in listed
    }
    assert {one["registrationState"] for one in listed} == {"Registered"}


def test_a_provider_names_its_types_and_versions(az):
    shown = az("provider", "show", "-n", ML.lower())
    assert shown["namespace"] == ML
    types = {one["resourceType"]: one for one in shown["resourceTypes"]}
    assert {"workspaces", "workspaces/serverlessEndpoints", "workspaces/marketplaceSubscriptions"} <= set(types)
    assert any("preview" not in version for version in types["workspaces"]["apiVersions"])
    assert "East US 2" in types["workspaces"]["locations"]


def test_registering_waits_and_is_done(az):
    az("provider", "register", "-n", "Microsoft.SaaS", "--wait")
    assert az("provider", "show", "-n", "Microsoft.SaaS", "--query", "registrationState") == "Registered"


def test_an_unknown_provider_is_refused(az):
    assert "InvalidResourceNamespace" in az.fails("provider", "show", "-n", "Microsoft.Nothing")
