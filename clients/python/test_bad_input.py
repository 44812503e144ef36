"""Each mistake gets the error of the contract, or one that names the way out; nothing falls over."""

import socket

import pytest
import requests

from cupola import COMMAND_R, TINY_CHAT

CHAT = {"messages": [{"role": "user", "content": "hello"}]}


def test_a_body_of_20_megabytes(hello):
    answer = hello.post("/chat/completions", data=b'{"messages":"' + b"x" * 20_000_000 + b'"}')
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["message"]
    assert hello.chat("still there?").status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"messages":[', b"null", b'{"messages":"hi"}'])
def test_a_body_that_is_not_a_request(hello, body):
    answer = hello.post("/chat/completions", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()


def test_nesting_without_end(hello):
    answer = hello.post("/chat/completions", data=b'{"messages":' + b"[" * 200_000)
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic eDp5", "Bearer eyJhbGciOiJub25lIn0.e30."])
def test_a_missing_or_wrong_key(hello, header):
    answer = hello.post("/chat/completions", json=CHAT, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "Auth token validation failed" in answer.text


@pytest.mark.parametrize("header", ["api-key", "x-api-key"])
def test_the_key_is_taken_from_three_headers(hello, header):
    answer = hello.post("/chat/completions", json=CHAT, headers={"Authorization": None, header: hello.key})
    assert answer.status_code == 200, answer.text


def test_an_unknown_endpoint(hello, server):
    url = f"{server.client['url']}/endpoints/eastus2/nobody/chat/completions"
    answer = hello.session.post(url, json=CHAT, headers={"Authorization": f"Bearer {hello.key}"}, timeout=30)
    assert answer.status_code == 404
    assert answer.json() == {"status": "Serverless endpoint not found"}


def test_an_extra_parameter_without_the_header(hello):
    answer = hello.post("/chat/completions", json=CHAT | {"n": 1, "stream_options": {"include_usage": True}})
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "Extra parameters ['n', 'stream_options'] are not allowed when extra-parameters is not set or set to be 'error'. "
        "Set extra-parameters to 'pass-through' to pass to the model."
    )


def test_an_extra_parameter_that_is_dropped(hello):
    answer = hello.post("/chat/completions", json=CHAT | {"n": 1}, headers={"extra-parameters": "drop"})
    assert answer.status_code == 200, answer.text


def test_an_unknown_way_with_extra_parameters(hello):
    answer = hello.post("/chat/completions", json=CHAT | {"n": 1}, headers={"extra-parameters": "ignore"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Unexpected EXTRA_PARAMETERS option ignore")


@pytest.mark.parametrize("name", ["1abc", "a_b", "a.b", "a" * 53, "%C3%A9"])
def test_a_bad_endpoint_name(arm, name):
    answer = arm.put_endpoint(name, TINY_CHAT)
    assert answer.status_code == 400, answer.text
    assert "name" in answer.json()["error"]["message"]


def test_an_unknown_model(arm):
    answer = arm.put_endpoint("lost", "azureml://registries/cupola/models/tiny-chta")
    assert answer.status_code in (400, 404), answer.text
    assert "tiny-chta" in answer.json()["error"]["message"]
    assert arm.endpoint("lost").status_code == 404


def test_a_model_id_that_is_none(arm):
    answer = arm.put_endpoint("lost", "tiny-chat")
    assert answer.status_code == 400
    assert "azureml://registries/" in answer.json()["error"]["message"]


def test_a_region_where_the_model_is_not_offered(arm, server):
    workspace = arm.workspace("west-project")
    answer = arm.request("PUT", workspace, {"location": "westus", "kind": "Project", "properties": {}})
    assert answer.status_code in (200, 201, 202), answer.text
    gretel = "azureml://registries/azureml-gretel/models/Gretel-Navigator"
    server.bind_simulator(gretel)
    answer = arm.put_endpoint("far", gretel, workspace="west-project", location="westus")
    assert answer.status_code == 400, answer.text
    assert "not available in region West US" in answer.json()["error"]["message"]
    assert "ServerlessModelNotAvailableInRegion" in answer.text
    assert arm.request("DELETE", workspace).status_code in (200, 202, 204)


def test_an_offer_that_is_not_made_in_the_billing_country(own_server, tmp_path):
    catalog_d = tmp_path / "data" / "catalog.d"
    catalog_d.mkdir(parents=True)
    (catalog_d / "abroad.toml").write_text(
        """
registry = "abroad"
publisher = "Abroad"
publisher_id = "abroad"
sold_by = "partner"
offer_countries = ["JP"]
currency = "JPY"
price_basis = "list"
license = "Proprietary"
terms = "Ask."

[[model]]
name = "far-chat"
version = "1"
task = "chat-completion"
context_tokens = 4096
description = "Sold in one country."
prices = { prompt_tokens = 1 }
"""
    )
    from cupola import Arm

    arm = Arm(own_server())
    body = {"properties": {"modelId": "azureml://registries/abroad/models/far-chat"}}
    answer = arm.request("PUT", f"{arm.workspace()}/marketplaceSubscriptions/far", body)
    assert answer.status_code == 400, answer.text
    assert "eligibility check failed" in answer.json()["error"]["message"]


def test_a_catalog_file_with_a_mistake_stops_the_server_with_its_name(tmp_path):
    import cupola

    data_dir = tmp_path / "data"
    (data_dir / "catalog.d").mkdir(parents=True)
    (data_dir / "catalog.d" / "mine.toml").write_text('[[model]]\nname = "m"\n')
    server = cupola.Server(data_dir)
    with pytest.raises(AssertionError, match="mine.toml"):
        server.start()


def test_control_plane_without_a_token(server):
    client = server.client
    url = f"{client['url']}/subscriptions/{client['subscription_id']}/resourceGroups?api-version=2022-09-01"
    answer = requests.get(url, verify=client["ca_bundle_file"], timeout=30)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"]
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_control_plane_without_an_api_version(arm):
    answer = arm.session.get(f"{arm.url}{arm.workspace()}", timeout=30)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "MissingApiVersionParameter"


def test_control_plane_with_a_body_that_is_not_json(arm):
    url = f"{arm.url}{arm.workspace()}/serverlessEndpoints/broken?api-version=2024-10-01"
    answer = arm.session.put(url, data=b"{", headers={"Content-Type": "application/json"}, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequestContent"


def test_paths_compare_without_case_and_double_slashes(arm, hello):
    path = f"{arm.workspace()}/serverlessEndpoints/hello".replace("resourceGroups", "RESOURCEGROUPS")
    path = path.replace("/providers/", "//PROVIDERS/").replace("hello", "HELLO") + "/"
    answer = arm.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "hello"


def test_a_model_file_that_is_not_one(server, tmp_path):
    fake = tmp_path / "fake.gguf"
    fake.write_text("This is no model.")
    done = server.run("catalog", "bind", TINY_CHAT, "--engine", str(fake), check=False)
    assert done.returncode != 0
    assert "fake.gguf" in done.stderr
    assert "GGUF" in done.stderr


def test_a_model_file_that_is_not_there(server):
    done = server.run("catalog", "bind", TINY_CHAT, "--engine", "/no/such/model.gguf", check=False)
    assert done.returncode != 0
    assert "/no/such/model.gguf" in done.stderr


def test_bytes_that_are_not_http(server, hello):
    host, port = server.client["http_url"].removeprefix("http://").split(":")
    for noise in (b"\x16\x03\x01\x02\x00" * 20, b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(noise)
            connection.settimeout(10)
            try:
                while connection.recv(4096):
                    pass
            except (ConnectionError, socket.timeout):
                pass
    assert hello.chat("still there?").status_code == 200


def test_a_partner_model_needs_a_binding_to_be_deployed(arm):
    answer = arm.put_endpoint("unsubscribed", COMMAND_R)
    assert answer.status_code == 400, answer.text
