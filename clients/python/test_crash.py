"""kill -9 at any moment: what was acknowledged is there afterwards, and what was begun is finished."""

import json
import time

import pytest

from cupola import COMMAND_R, TINY_CHAT, Arm, Deployment


def subscribe(arm, name="command-r"):
    answer = arm.request(
        "PUT", f"{arm.workspace()}/marketplaceSubscriptions/{name}", {"properties": {"modelId": COMMAND_R}}
    )
    assert answer.status_code in (200, 201), answer.text


def test_killed_during_a_stream(own_server):
    first = own_server()
    first.bind_simulator(COMMAND_R, "--tokens-per-second", "100")
    arm = Arm(first)
    subscribe(arm)
    model = arm.deploy("streaming", COMMAND_R)
    told = [model.chat(f"Question {number}", max_tokens=10).json()["usage"] for number in range(3)]

    body = {"messages": [{"role": "user", "content": "Talk for long."}], "stream": True, "max_tokens": 500}
    with model.post("/chat/completions", json=body, stream=True) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith(b"data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                break
        first.kill()

    second = own_server()
    meters = second.usage("streaming")
    assert meters["requests"] in (3, 4), "the answered ones; the killed one perhaps"
    prompt = meters["prompt_tokens"] + meters.get("cached_prompt_tokens", 0)
    answered = sum(one["prompt_tokens"] for one in told)
    assert prompt >= answered
    if meters["requests"] == 3:
        assert prompt == answered
        assert meters["completion_tokens"] == sum(one["completion_tokens"] for one in told)
    uri = Arm(second).endpoint("streaming").json()["properties"]["inferenceEndpoint"]["uri"]
    assert Deployment(second.client["ca_bundle_file"], uri, model.key).chat("hello").status_code == 200


@pytest.mark.parametrize("wait_ms", [0, 1, 5, 20, 60])
def test_killed_during_a_deployment(own_server, wait_ms):
    first = own_server()
    answer = Arm(first).put_endpoint("deploying", TINY_CHAT)
    assert answer.status_code in (200, 201), answer.text
    time.sleep(wait_ms / 1000)
    first.kill()

    arm = Arm(own_server())
    endpoint = arm.wait_for_endpoint("deploying")
    keys = arm.keys("deploying")
    assert keys["primaryKey"] != keys["secondaryKey"]
    model = Deployment(arm.session.verify, endpoint["properties"]["inferenceEndpoint"]["uri"], keys["primaryKey"])
    assert model.chat("hello").status_code == 200


def test_killed_right_after_each_acknowledgement(own_server):
    server = own_server()
    server.bind_simulator(COMMAND_R)
    subscribe(Arm(server))
    server.kill()

    server = own_server()
    arm = Arm(server)
    seen = arm.get(f"{arm.workspace()}/marketplaceSubscriptions/command-r").json()["properties"]
    assert seen["modelId"] == COMMAND_R
    model = arm.deploy("acknowledged", COMMAND_R)
    server.kill()

    server = own_server()
    arm = Arm(server)
    assert arm.keys("acknowledged")["primaryKey"] == model.key
    uri = arm.endpoint("acknowledged").json()["properties"]["inferenceEndpoint"]["uri"]
    told = Deployment(arm.session.verify, uri, model.key).chat("hello").json()["usage"]
    server.kill()

    server = own_server()
    meters = server.usage("acknowledged")
    assert meters["requests"] == 1
    assert meters["completion_tokens"] == told["completion_tokens"]
    arm = Arm(server)
    path = f"{arm.workspace()}/serverlessEndpoints/acknowledged"
    assert arm.request("DELETE", path).status_code in (200, 202, 204)
    server.kill()

    arm = Arm(own_server())
    deadline = time.monotonic() + 30
    while arm.get(path).status_code != 404:
        assert time.monotonic() < deadline, "the delete that was acknowledged is finished after a restart"
        time.sleep(0.1)
