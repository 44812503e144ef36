"""`az monitor activity-log`: who changed what."""


def test_changes_and_refusals(az, arm, group):
    az("group", "update", "-n", group, "--tags", "a=b")
    az.fails("group", "create", "-n", group, "-l", "westus")
    listed = az("monitor", "activity-log", "list", "-g", group, "--offset", "1h")
    names = [(one["operationName"]["value"], one["status"]["value"]) for one in listed]
    write = "Microsoft.Resources/subscriptions/resourceGroups/write"
    assert (write, "Succeeded") in names
    mine = next(one for one in listed if one["operationName"]["value"] == write)
    assert mine["resourceId"].lower() == arm.group(group).lower()
    assert mine["caller"] and mine["correlationId"] and mine["eventTimestamp"]
    assert mine["subscriptionId"] == arm.client["subscription_id"]


def test_filters(az, arm, group):
    az("group", "update", "-n", group, "--tags", "a=b")
    of_resource = az("monitor", "activity-log", "list", "--resource-id", arm.group(group))
    assert of_resource and {one["resourceGroupName"].lower() for one in of_resource} == {group.lower()}
    correlation = of_resource[0]["correlationId"]
    found = az("monitor", "activity-log", "list", "--correlation-id", correlation)
    assert {one["correlationId"] for one in found} == {correlation}
    assert az("monitor", "activity-log", "list", "-g", "no-such-group") == []
    assert len(az("monitor", "activity-log", "list", "--max-events", "1")) == 1
    assert az("monitor", "activity-log", "list", "-g", group, "--start-time", "2001-01-01", "--end-time", "2001-01-02") == []
