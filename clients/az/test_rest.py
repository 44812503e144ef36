"""`az rest`: exactly the given URL, with a token."""


def test_a_path(az, server):
    listed = az("rest", "--url", "/subscriptions/{subscriptionId}/resourceGroups?api-version=2022-09-01")
    assert server.client["resource_group"] in [one["name"] for one in listed["value"]]


def test_a_whole_url_and_a_body(az, arm, group):
    url = f"{arm.url}{arm.group(group)}?api-version=2022-09-01"
    changed = az("rest", "--method", "patch", "--url", url, "--body", '{"tags": {"by": "rest"}}')
    assert changed["tags"] == {"by": "rest"}


def test_a_refusal_is_printed_whole(az):
    said = az.fails("rest", "--url", "/subscriptions/{subscriptionId}/resourceGroups/nowhere?api-version=2022-09-01")
    assert said.startswith("ERROR: Not Found(")
    assert '"code":"ResourceGroupNotFound"' in said.replace(" ", "")


def test_without_an_api_version(az):
    assert "MissingApiVersionParameter" in az.fails("rest", "--url", "/subscriptions/{subscriptionId}/resourceGroups")
