"""The ledger equals what the clients were told."""

import json
import time
from decimal import Decimal

import openai
import pytest
from azure.ai.inference import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential

from cupola import COMMAND_R, TINY_CHAT


@pytest.fixture
def metered(arm):
    deployment = arm.deploy("metered", TINY_CHAT)
    yield deployment
    arm.request("DELETE", f"{arm.workspace()}/serverlessEndpoints/metered")


def test_the_ledger_is_the_sum_of_what_the_clients_were_told(server, metered, environment):
    azure = ChatCompletionsClient(endpoint=metered.uri, credential=AzureKeyCredential(metered.key))
    plain = openai.OpenAI(base_url=f"{metered.uri}/v1", api_key=metered.key, max_retries=0)
    told = []
    for number in range(4):
        messages = [{"role": "user", "content": f"Tell me fact {number} about Cupola."}]
        told.append(azure.complete(messages=messages, max_tokens=20 + number).usage)
        told.append(list(azure.complete(messages=messages, max_tokens=20 + number, stream=True))[-1].usage)
        told.append(plain.chat.completions.create(model="m", messages=messages, max_tokens=20 + number).usage)
        streamed = plain.chat.completions.create(
            model="m", messages=messages, max_tokens=20 + number, stream=True, stream_options={"include_usage": True}
        )
        told.append(list(streamed)[-1].usage)
    refused = metered.chat("hello", max_tokens="many")
    assert refused.status_code in (400, 422), refused.text

    # Durable before the answer was complete: no waiting here.
    rows = [row for row in json.loads(server.run("usage", "-o", "json").stdout) if row["endpoint"] == "metered"]
    meters = {row["meter"]: int(row["quantity"]) for row in rows}
    assert meters["prompt_tokens"] + meters.get("cached_prompt_tokens", 0) == sum(one.prompt_tokens for one in told)
    completion = meters["completion_tokens"] + meters.get("reasoning_tokens", 0)
    assert completion == sum(one.completion_tokens for one in told)
    assert meters["requests"] == len(told), "what was refused is not counted"

    prices = {"prompt_tokens": 100_000, "cached_prompt_tokens": 100_000, "completion_tokens": 400_000}
    for row in rows:
        assert row["currency"] == "USD"
        assert row["unit"] == ("request" if row["meter"] == "requests" else "token")
        exact = Decimal(int(row["quantity"]) * prices.get(row["meter"], 0)) / Decimal(10**12)
        assert Decimal(str(row["cost"])) == exact, row


def test_somebody_who_hangs_up_is_charged_for_what_was_delivered(server, arm):
    server.bind_simulator(COMMAND_R, "--tokens-per-second", "20")
    body = {"properties": {"modelId": COMMAND_R}}
    name = f"{arm.workspace()}/marketplaceSubscriptions/hang-up"
    assert arm.request("PUT", name, body).status_code in (200, 201)
    slow = arm.deploy("hang-up", COMMAND_R)
    body = {"messages": [{"role": "user", "content": "Talk for long."}], "stream": True, "max_tokens": 400}
    with slow.post("/chat/completions", json=body, stream=True) as answer:
        assert answer.status_code == 200, answer.text
        received = 0
        for line in answer.iter_lines():
            if line.startswith(b"data: {"):
                chunk = json.loads(line[6:])
                received += bool(chunk["choices"] and chunk["choices"][0]["delta"].get("content"))
            if received == 5:
                break
    deadline = time.monotonic() + 10
    while not (meters := server.usage("hang-up")).get("requests"):
        assert time.monotonic() < deadline, "nobody is charged"
    assert meters["requests"] == 1
    assert 5 <= meters["completion_tokens"] < 20, "what was delivered, not what was wanted"
    arm.request("DELETE", f"{arm.workspace()}/serverlessEndpoints/hang-up")
    arm.request("DELETE", name)
    server.bind_simulator(COMMAND_R)


def test_usage_is_summed_by_what_somebody_names_and_comes_as_csv(server, arm):
    summed = arm.deploy("summed", TINY_CHAT)
    for _ in range(2):
        assert summed.chat("hello", max_tokens=3).status_code == 200
    lines = json.loads(server.run("usage", "--by", "endpoint,day", "-o", "json").stdout)
    mine = [line for line in lines if line["endpoint"] == "summed"]
    assert sum(line["requests"] for line in mine) == 2
    text = server.run("usage", "--by", "endpoint", "-o", "csv").stdout.splitlines()
    assert text[0] == "endpoint,requests,tokens,cost,currency"
    assert any(line.startswith("summed,2,") for line in text)
    arm.request("DELETE", f"{arm.workspace()}/serverlessEndpoints/summed")
