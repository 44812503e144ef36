"""kill -9 while a template is being deployed: it goes on after the restart, and ends once."""

import json
import time

import pytest

from cupola import Arm

COUNT = 30


def template():
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [
            {
                "type": "Microsoft.MachineLearningServices/workspaces",
                "apiVersion": "2024-10-01",
                "name": "[concat('made-', copyIndex())]",
                "location": "eastus2",
                "kind": "Project",
                "copy": {"name": "all", "count": COUNT, "mode": "Serial", "batchSize": 1},
                "properties": {},
            }
        ],
        "outputs": {"count": {"type": "int", "value": COUNT}},
    }


@pytest.mark.parametrize("wait_ms", [0, 3, 10, 30, 80])
def test_killed_during_a_deployment(own_server, wait_ms):
    first = own_server()
    arm = Arm(first)
    path = f"{arm.group()}/providers/Microsoft.Resources/deployments/long"
    body = {"properties": {"mode": "Incremental", "template": template()}}
    answer = arm.request("PUT", path, body)
    assert answer.status_code == 201, answer.text
    time.sleep(wait_ms / 1000)
    first.kill()

    arm = Arm(own_server())
    deadline = time.monotonic() + 60
    while True:
        seen = arm.get(path).json()["properties"]
        if seen["provisioningState"] in ("Succeeded", "Failed", "Canceled"):
            break
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    assert seen["provisioningState"] == "Succeeded", json.dumps(seen.get("error"))
    assert seen["outputs"]["count"]["value"] == COUNT
    made = [one["name"] for one in arm.get(f"{arm.group()}/resources?$top=1000").json()["value"]]
    assert len([name for name in made if name.startswith("made-")]) == COUNT
    operations = arm.get(f"{arm.group()}/deployments/long/operations?$top=1000").json()["value"]
    created = [one for one in operations if one["properties"]["provisioningOperation"] == "Create"]
    assert len(created) == COUNT, "each resource is told once"
