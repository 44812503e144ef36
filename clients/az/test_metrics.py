"""`az monitor metrics` and cost queries: what was used, from the outside."""

import json
import time

import pytest

from cupola import TINY_CHAT


@pytest.fixture(scope="module")
def used(arm):
    deployment = arm.deploy("charted", TINY_CHAT)
    for _ in range(3):
        assert deployment.chat("hello", max_tokens=5).status_code == 200
    assert deployment.chat("hello", max_tokens="many").status_code in (400, 422)
    yield f"{arm.workspace()}/serverlessEndpoints/charted"
    arm.request("DELETE", f"{arm.workspace()}/serverlessEndpoints/charted")


def total(answer, metric=0):
    series = answer["value"][metric]["timeseries"]
    return sum(point.get("total") or 0 for one in series for point in one["data"])


def test_metrics_of_an_endpoint(az, used):
    # What was refused is written a moment later.
    for _ in range(50):
        answer = az("monitor", "metrics", "list", "--resource", used, "--metric", "Requests")
        if total(answer) >= 4:
            break
        time.sleep(0.1)
    assert total(answer) == 4
    assert answer["interval"] == "PT1M" and answer["value"][0]["unit"] == "Count"
    errors = az("monitor", "metrics", "list", "--resource", used, "--metrics", "Errors", "TotalTokens", "--interval", "1h")
    assert total(errors) == 1 and total(errors, 1) > 0
    classes = az("monitor", "metrics", "list", "--resource", used, "--metric", "Requests", "--filter", "StatusCodeClass eq '*'")
    found = {one["metadatavalues"][0]["value"] for one in classes["value"][0]["timeseries"]}
    assert found == {"2xx", "4xx"}
    latency = az("monitor", "metrics", "list", "--resource", used, "--metric", "Latency", "--aggregation", "Average", "Maximum")
    measured = [point for point in latency["value"][0]["timeseries"][0]["data"] if point.get("maximum")]
    assert measured and all(0 < point["average"] <= point["maximum"] for point in measured)


def test_definitions_and_namespaces(az, used):
    definitions = az("monitor", "metrics", "list-definitions", "--resource", used)
    assert "ThrottledRequests" in {one["name"]["value"] for one in definitions}
    namespaces = az("monitor", "metrics", "list-namespaces", "--resource-uri", used)
    assert namespaces[0]["properties"]["metricNamespaceName"].endswith("serverlessEndpoints")


def test_a_cost_query(az, arm, used):
    query = {
        "type": "ActualCost",
        "timeframe": "MonthToDate",
        "dataset": {
            "granularity": "Daily",
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": "ResourceId"}, {"type": "Dimension", "name": "Meter"}],
        },
    }
    url = f"/subscriptions/{arm.client['subscription_id']}/providers/Microsoft.CostManagement/query?api-version=2023-11-01"
    answer = az("rest", "--method", "post", "--url", url, "--body", json.dumps(query))
    columns = [column["name"] for column in answer["properties"]["columns"]]
    assert columns == ["Cost", "UsageDate", "ResourceId", "Meter", "Currency"]
    mine = [row for row in answer["properties"]["rows"] if row[2].lower() == used.lower()]
    assert "prompt_tokens" in {row[3] for row in mine}
