"""kill -9 under load, again and again: what clients saw complete is in the ledger once, with its own numbers."""

import contextlib
import http.client
import json
import random
import sqlite3
import threading
import time
import urllib.parse

import pytest

from cupola import COMMAND_R, Arm

KILLS = 25
CLIENTS = 4
LONGEST_S = 0.15


class Client(threading.Thread):
    """Asks until the server is gone, every other time in a stream."""

    def __init__(self, number, url, key):
        super().__init__(daemon=True)
        self.number = number
        self.address = urllib.parse.urlsplit(url).netloc
        self.key = key
        self.begun = 0
        self.complete = {}
        self.broken = None

    def run(self):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            while True:
                self.ask(connection)
        except (OSError, http.client.HTTPException, EOFError):
            pass
        except Exception as error:
            self.broken = error
        finally:
            connection.close()

    def ask(self, connection):
        stream = self.begun % 2 == 1
        body = {
            "messages": [{"role": "user", "content": f"Client {self.number}, question {self.begun}."}],
            "max_tokens": 1 + self.begun % 17,
            "stream": stream,
        }
        headers = {"api-key": self.key, "Content-Type": "application/json"}
        self.begun += 1
        connection.request("POST", "/endpoints/eastus2/crashing/chat/completions", json.dumps(body), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        identifier = answer.headers["x-request-id"]
        text = answer.read().decode()
        if stream:
            events = text.split("\n\n")
            if events[-2:] != ["data: [DONE]", ""]:
                raise EOFError("the stream broke off")
            text = events[-3].removeprefix("data: ")
        usage = json.loads(text)["usage"]
        assert identifier not in self.complete
        self.complete[identifier] = (usage["prompt_tokens"], usage["completion_tokens"])


def ledger(data_dir):
    """Identifiers, and prompt and completion tokens of each, straight from the store."""
    rows = "SELECT r.id, r.prompt + r.cached_prompt, r.completion + r.reasoning FROM usage_records r"
    with contextlib.closing(sqlite3.connect(f"file:{data_dir}/cupola.db?mode=ro", uri=True)) as store:
        return store.execute(f"{rows} JOIN usage_contexts c ON c.id = r.context WHERE c.model LIKE ?", ("%command-r%",)).fetchall()


@pytest.mark.parametrize("sync", ["answer", "interval"])
def test_the_ledger_has_what_clients_saw_complete(own_server, sync):
    chance = random.Random(sync)
    server = own_server("--ledger-sync", sync)
    server.bind_simulator(COMMAND_R)
    arm = Arm(server)
    answer = arm.request(
        "PUT", f"{arm.workspace()}/marketplaceSubscriptions/command-r", {"properties": {"modelId": COMMAND_R}}
    )
    assert answer.status_code in (200, 201), answer.text
    key = arm.deploy("crashing", COMMAND_R).key

    complete, incomplete = {}, 0
    for kill in range(KILLS):
        clients = [Client(number, server.client["http_url"], key) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0, LONGEST_S))
        server.kill()
        for client in clients:
            client.join(30)
            assert not client.is_alive(), "a client of a server that was killed does not end"
            assert client.broken is None, client.broken
            assert complete.keys().isdisjoint(client.complete)
            complete |= client.complete
            incomplete += client.begun - len(client.complete)

        server = own_server("--ledger-sync", sync)
        rows = ledger(server.data_dir)
        recorded = {identifier: (prompt, completion) for identifier, prompt, completion in rows}
        assert len(recorded) == len(rows), f"doubled after kill {kill}"
        lost = complete.keys() - recorded.keys()
        assert not lost, f"{len(lost)} of {len(complete)} complete answers are lost after kill {kill}"
        wrong = [one for one, tokens in complete.items() if recorded[one] != tokens]
        assert not wrong, f"other numbers after kill {kill}: {wrong[:3]}"
        more = len(recorded) - len(complete)
        assert more <= incomplete, f"{more} that nobody saw, but only {incomplete} were begun, after kill {kill}"
    assert len(complete) > KILLS, "the server had something to do"
    assert server.usage("crashing")["requests"] == len(recorded)
