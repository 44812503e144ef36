"""One request, seen everywhere: its answer, the metrics, the access log, a trace, `cupola explain`."""

import json
import socket
import time

import collector
import cupola
import httpx
import openai
import pytest
import requests
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

QUESTION = [{"role": "user", "content": "What is the secret word xyzzy?"}]


@pytest.fixture
def watched(own_server, tmp_path):
    """A server with an access log, an endpoint on it, and OpenAI's client."""
    server = own_server("--access-log", str(tmp_path / "access.jsonl"))
    return server, *endpoint(server)


def endpoint(server):
    hello = cupola.Arm(server).deploy("hello", cupola.TINY_CHAT)
    transport = httpx.Client(verify=server.client["ca_bundle_file"], trust_env=False)
    client = openai.OpenAI(base_url=f"{hello.uri}/v1", api_key=hello.key, max_retries=0, http_client=transport)
    return hello, client


def metrics(server, **headers):
    session = requests.Session()
    session.trust_env = False
    return session.get(f"{server.client['http_url']}/metrics", headers=headers, timeout=30)


def samples(text, read=text_string_to_metric_families):
    return [sample for family in read(text) for sample in family.samples]


def value(found, name, **labels):
    fitting = [one.value for one in found if one.name == name and labels.items() <= one.labels.items()]
    assert len(fitting) <= 1, fitting
    return fitting[0] if fitting else 0


def access_lines(tmp_path, request_id, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        lines = [json.loads(line) for line in (tmp_path / "access.jsonl").read_text().splitlines()]
        found = [line for line in lines if line["request_id"] == request_id]
        if found:
            return found
        assert time.monotonic() < deadline, lines
        time.sleep(0.05)


def test_a_request_has_one_id_in_its_answer_in_the_access_log_and_in_explain(watched, tmp_path):
    server, hello, client = watched
    whole = client.chat.completions.with_raw_response.create(
        model="m", messages=QUESTION, max_tokens=8, extra_headers={"x-ms-client-request-id": "mine-1"}
    )
    usage = whole.parse().usage
    streamed = client.chat.completions.with_raw_response.create(model="m", messages=QUESTION, max_tokens=8, stream=True)
    assert list(streamed.parse())
    with pytest.raises(openai.NotFoundError) as refused:
        client.images.generate(prompt="a cat")
    for answer in (whole.headers, streamed.headers, refused.value.response.headers):
        names = ["x-request-id", "x-ms-request-id", "apim-request-id"]
        assert len({answer[name] for name in names}) == 1 and len(answer["x-request-id"]) == 32

    [line] = access_lines(tmp_path, whole.headers["x-request-id"])
    assert line["plane"] == "data" and line["status"] == 200 and line["client_request_id"] == "mine-1"
    assert (line["deployment"], line["surface"], line["operation"]) == ("hello", "openai", "chat")
    assert (line["credential"], line["outcome"], line["peer"]) == ("primary", "complete", "127.0.0.1")
    assert line["tokens"]["prompt"] + line["tokens"]["cached_prompt"] == usage.prompt_tokens
    assert line["tokens"]["completion"] == usage.completion_tokens
    assert line["bytes_in"] > 50 and line["bytes_out"] == len(whole.content) and line["ms"] > 0
    assert line["first_token_ms"] is None
    [line] = access_lines(tmp_path, streamed.headers["x-request-id"])
    assert 0 < line["first_token_ms"] <= line["ms"] and line["bytes_out"] > 100
    [line] = access_lines(tmp_path, refused.value.response.headers["x-request-id"])
    assert (line["status"], line["operation"], line["tokens"]) == (404, "images", None)
    written = (tmp_path / "access.jsonl").read_text()
    assert "xyzzy" not in written and hello.key not in written
    assert '"plane":"control"' in written and "/sign-in" not in written

    for answer in (whole, streamed):
        request_id = answer.headers["x-request-id"]
        [event] = json.loads(server.run("explain", request_id, "-o", "json").stdout)
        assert event["properties"]["requestId"] == request_id
        assert event["properties"]["detail"]["usage"]["requests"] == 1
        assert event["properties"]["callerName"] == "The primary key"
    assert "answered to its end" in server.run("explain", whole.headers["x-request-id"]).stdout


def test_a_file_of_the_portal_has_a_line_in_the_access_log(own_server, tmp_path):
    server = own_server("--access-log", str(tmp_path / "access.jsonl"))
    session = requests.Session()
    session.trust_env = False
    for path, status in [("/portal?code=xyzzy", 200), ("/portal/assets/no-such-file.js", 404)]:
        answer = session.get(f"{server.client['http_url']}{path}", headers={"accept": "text/html"}, timeout=30)
        assert answer.status_code == status
        [line] = access_lines(tmp_path, answer.headers["x-request-id"])
        assert (line["plane"], line["method"], line["path"]) == ("portal", "GET", path.split("?")[0])
        assert (line["status"], line["peer"]) == (status, "127.0.0.1")
        assert line["bytes_out"] == int(answer.headers["content-length"]) > 0 and line["ms"] >= 0
    assert "xyzzy" not in (tmp_path / "access.jsonl").read_text()


def test_prometheus_reads_what_was_counted(watched):
    server, _, client = watched
    for number in range(3):
        client.chat.completions.create(model="m", messages=QUESTION, max_tokens=4 + number)
    list(client.chat.completions.create(model="m", messages=QUESTION, max_tokens=8, stream=True))
    answer = metrics(server)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    hello = {"deployment": "hello", "model": "tiny-chat"}
    assert value(found, "cupola_requests_total", status="200", surface="openai", operation="chat", **hello) == 4
    assert value(found, "cupola_request_duration_seconds_count", **hello) == 4
    assert value(found, "cupola_time_to_first_token_seconds_count", **hello) == 1
    assert value(found, "cupola_requests_in_flight", **hello) == 0
    meters = server.usage("hello")
    assert value(found, "cupola_tokens_total", **{"class": "completion"}, **hello) == meters["completion_tokens"]
    assert value(found, "cupola_ledger_records_total") == 4
    assert value(found, "cupola_backend_requests_total", outcome="answered") == 4
    assert value(found, "process_resident_memory_bytes") > 1 << 20
    assert any(one.name == "cupola_control_requests_total" and one.labels["status"] == "200" for one in found)
    # The same numbers in the other format.
    answer = metrics(server, accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    again = samples(answer.text, openmetrics.text_string_to_metric_families)
    assert value(again, "cupola_requests_total", status="200", surface="openai", operation="chat", **hello) == 4
    assert {one.name for one in again} == {one.name for one in found}


def test_metrics_are_for_this_machine_alone(server):
    assert metrics(server).status_code == 200
    for headers in ({"host": "evil.example.com"}, {"x-forwarded-for": "203.0.113.9"}, {"forwarded": "for=203.0.113.9"}):
        refused = metrics(server, **headers)
        assert refused.status_code in (401, 404) and "cupola_" not in refused.text, headers
    over_tls = requests.get(
        f"{server.client['url']}/metrics", verify=server.client["ca_bundle_file"], timeout=30
    )
    assert over_tls.status_code in (401, 404) and "cupola_" not in over_tls.text


def test_metrics_can_have_a_listener_of_their_own(own_server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = own_server("--metrics-listen", f"127.0.0.1:{port}")
    session = requests.Session()
    session.trust_env = False
    answer = session.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
    assert value(samples(answer.text), "cupola_build_info") == 1
    assert session.get(f"http://127.0.0.1:{port}/subscriptions", timeout=30).status_code == 404
    assert session.post(f"http://127.0.0.1:{port}/metrics", timeout=30).status_code == 405
    assert metrics(server).status_code in (401, 404), "they are nowhere else"


def test_metrics_are_not_served_to_everybody(tmp_path):
    server = cupola.Server(tmp_path / "data")
    refused = server.run("serve", "--check", "--metrics-listen", "0.0.0.0:9464", check=False)
    assert refused.returncode != 0 and "not an address of a private network" in refused.stderr


def test_a_check_leaves_the_first_start_to_the_server(tmp_path):
    server = cupola.Server(tmp_path / "data")
    checked = server.run("serve", "--check", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
    assert "the first start makes the data directory" in checked.stdout
    assert not (tmp_path / "data" / "cupola.db").exists(), "its invitation would be lost"


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def collecting():
    started = collector.Collector()
    yield started
    started.stop()


def test_a_collector_is_told_the_same_id(own_server, tmp_path, collecting):
    server = own_server("--otlp-endpoint", collecting.url, "--access-log", str(tmp_path / "access.jsonl"))
    hello, client = endpoint(server)
    whole = client.chat.completions.with_raw_response.create(
        model="m", messages=QUESTION, max_tokens=8, extra_headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    )
    streamed = client.chat.completions.with_raw_response.create(model="m", messages=QUESTION, max_tokens=8, stream=True)
    chunks = list(streamed.parse())
    usage = whole.parse().usage

    request_id = whole.headers["x-request-id"]
    ours, backend = sorted(collecting.trace_of(request_id, 2), key=lambda span: span["kind"])
    assert (ours["traceId"], ours["parentSpanId"]) == (TRACE, "00f067aa0ba902b7")
    assert (backend["traceId"], backend["parentSpanId"]) == (TRACE, ours["spanId"])
    assert int(ours["startTimeUnixNano"]) <= int(backend["startTimeUnixNano"])
    assert int(backend["endTimeUnixNano"]) <= int(ours["endTimeUnixNano"])
    told = collector.attributes(ours)
    assert told["gen_ai.operation.name"] == "chat" and told["gen_ai.request.model"] == "hello"
    assert told["gen_ai.response.model"] == "tiny-chat" and told["gen_ai.request.max_tokens"] == 8
    assert told["gen_ai.usage.input_tokens"] == usage.prompt_tokens
    assert told["gen_ai.usage.output_tokens"] == usage.completion_tokens
    assert told["gen_ai.response.finish_reasons"] == [whole.parse().choices[0].finish_reason]
    assert collector.attributes(backend)["gen_ai.provider.name"] == "cupola"
    [line] = access_lines(tmp_path, request_id)
    assert line["trace_id"] == TRACE

    ours, _ = sorted(collecting.trace_of(streamed.headers["x-request-id"], 2), key=lambda span: span["kind"])
    assert "parentSpanId" not in ours and ours["traceId"] != TRACE
    reasons = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    assert collector.attributes(ours)["gen_ai.response.finish_reasons"] == reasons[-1:]
    assert collecting.paths == {("/v1/traces", "application/json")}
    assert ours["service"]["service.name"] == "cupola"
    everything = json.dumps(collecting.spans)
    assert "xyzzy" not in everything and hello.key not in everything
    # It is the collector's answer that counts, a moment after the last span came.
    deadline = time.monotonic() + 10
    while value(found := samples(metrics(server).text), "cupola_trace_spans_sent_total") < 4:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    assert value(found, "cupola_trace_spans_lost_total") == 0
    [event] = json.loads(server.run("explain", request_id, "-o", "json").stdout)
    assert event["properties"]["requestId"] == request_id
