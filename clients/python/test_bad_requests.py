"""Requests of the control plane that no client makes, through real HTTP."""

import json
import threading

import pytest

DEPLOYMENTS = "providers/Microsoft.Resources/deployments"
PROJECT = {"location": "eastus2", "kind": "Project", "properties": {"friendlyName": "One"}}


def deploy(arm, group, body, name="bad", verb="PUT"):
    url = f"{arm.url}{arm.group(group)}/{DEPLOYMENTS}/{name}?api-version=2025-04-01"
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return arm.session.request(verb, url, data=data, headers={"Content-Type": "application/json"}, timeout=60)


def template(resources=(), **more):
    return {"properties": {"mode": "Incremental", "template": {"$schema": "x", "contentVersion": "1.0.0.0", "resources": list(resources)} | more}}


def workspace(name, **more):
    return {"type": "Microsoft.MachineLearningServices/workspaces", "apiVersion": "2024-10-01", "name": name, "location": "eastus2", "kind": "Project", "properties": {}} | more


def test_a_body_without_end(arm, group):
    answer = deploy(arm, group, b'{"properties":{"template":"' + b"x" * 20_000_000 + b'"}}')
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["code"] == "RequestBodyTooLarge" or answer.json()["error"]["code"]
    answer = arm.request("PUT", arm.workspace("big", group), PROJECT | {"tags": {"a": "x" * 9_000_000}})
    assert answer.status_code in (400, 413)
    assert arm.get(arm.group(group)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"properties":', b'{"properties":{"template":' + b"[" * 100_000, b'{"properties":{template:{/*'],
    ids=["empty", "open", "list", "null", "bytes", "half", "deep", "comment"],
)
def test_a_deployment_that_is_none(arm, group, body):
    answer = deploy(arm, group, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] in ("InvalidRequestContent", "InvalidTemplate")
    assert arm.get(f"{arm.group(group)}/{DEPLOYMENTS}").json()["value"] == []


@pytest.mark.parametrize(
    "broken",
    [
        template([workspace("aaa", dependsOn=["bbb"]), workspace("bbb", dependsOn=["aaa"])]),
        template([workspace("a/b")]),
        template([workspace("[concat('a']")]),
        template([workspace("[parameters('none')]")]),
        template([workspace("[" + "concat(" * 5_000 + "'x'" + ")" * 5_000 + "]")]),
        template([workspace("x", copy={"name": "all", "count": 10_000_000})]),
        template([workspace("x", copy={"name": "all", "count": -1})]),
        template([workspace("twice"), workspace("twice")]),
        template([], variables={"a": "[variables('b')]", "b": "[variables('a')]"}),
        template([workspace("[range(0, 100000000)]")]),
        template([workspace("[padLeft('x', 2000000000)]")]),
        template([{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "x", "properties": {}}]),
    ],
    ids=[
        *("cycle", "segments", "syntax", "parameter", "deep", "many", "negative", "twice", "variables", "range", "pad"),
        "nested without template",
    ],
)
def test_a_template_that_cannot_be(arm, group, broken):
    for verb, name in (("POST", "bad/validate"), ("PUT", "bad")):
        answer = deploy(arm, group, broken, name, verb)
        assert answer.status_code == 400, answer.text[:500]
        assert answer.json()["error"]["code"].startswith("InvalidTemplate"), answer.text[:500]
    assert arm.get(f"{arm.group(group)}/resources").json()["value"] == []


@pytest.mark.parametrize("name", ["a%00b", "a%0Ab", "a%7Fb", "%E2%80%AE", "a%2Fb", "..", "%2e%2e", "a" * 200, "a b", "'; DROP TABLE resources; --"])
def test_names_with_control_characters(arm, name):
    url = f"{arm.subscription()}/resourceGroups/{name}"
    answer = arm.request("PUT", url, {"location": "eastus2"})
    assert answer.status_code in (400, 404, 405), answer.text
    assert "\u0000" not in answer.text and "\\n" not in answer.json()["error"]["message"]
    listed = [one["name"] for one in arm.get(f"{arm.subscription()}/resourceGroups").json()["value"]]
    assert all(found.isprintable() for found in listed)


def test_concurrent_writers_with_an_etag(arm, group):
    """One wins; the etag tells the others."""
    workspace = arm.workspace("contested", group)
    first = arm.request("PUT", workspace, PROJECT)
    etag = arm.get(workspace).json().get("etag") or first.headers["ETag"]
    answers, barrier = [], threading.Barrier(8)

    def write(number):
        barrier.wait()
        body = PROJECT | {"properties": {"friendlyName": f"Writer {number}"}}
        answers.append((number, arm.request("PUT", workspace, body, headers={"If-Match": etag})))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(answer.status_code for _, answer in answers)
    assert codes == [200] + [412] * 7, codes
    [winner] = [number for number, answer in answers if answer.status_code == 200]
    assert arm.get(workspace).json()["properties"]["friendlyName"] == f"Writer {winner}"


def test_if_none_match_makes_one(arm, group):
    workspace = arm.workspace("single", group)
    answers, barrier = [], threading.Barrier(6)

    def write():
        barrier.wait()
        answers.append(arm.request("PUT", workspace, PROJECT, headers={"If-None-Match": "*"}).status_code)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [412] * 5
