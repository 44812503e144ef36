"""`cupola env` says all that the real clients need, and each value works."""

import json

import requests

VARIABLES = {
    "CUPOLA_URL",
    "CUPOLA_DATA_DIR",
    "CUPOLA_PORTAL_URL",
    "AZURE_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_SUBSCRIPTION_ID",
    "ARM_CLOUD_METADATA_URL",
    "AZUREML_CURRENT_CLOUD",
    "REGISTRY_DISCOVERY_ENDPOINT_URL",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
}


def test_every_variable_is_there(environment):
    assert set(environment) >= VARIABLES
    assert environment["AZURE_TENANT_ID"] == "adfs"
    assert environment["AZURE_AUTHORITY_HOST"].startswith("https://")
    assert environment["REGISTRY_DISCOVERY_ENDPOINT_URL"].endswith("/")


def test_the_metadata_document_names_the_server_it_came_from(environment):
    document = requests.get(environment["ARM_CLOUD_METADATA_URL"], timeout=30).json()
    assert isinstance(document, list), "2019-05-01 is an array"
    assert document[0]["name"] == environment["AZUREML_CURRENT_CLOUD"]
    assert document[0]["resourceManager"].rstrip("/") in environment["ARM_CLOUD_METADATA_URL"]


def test_the_newer_metadata_document_is_one_object(environment):
    url = environment["ARM_CLOUD_METADATA_URL"].replace("2019-05-01", "2022-09-01")
    assert requests.get(url, timeout=30).json()["authentication"]["audiences"]


def test_the_command_line_works_from_the_variables_alone(server, environment, tmp_path):
    variables = {name: environment[name] for name in VARIABLES if name != "CUPOLA_DATA_DIR"}
    done = server.run("ml", "workspace", "list", "-o", "json", environment=variables | {"HOME": str(tmp_path)})
    assert server.client["workspace"] in [workspace["name"] for workspace in json.loads(done.stdout)]


def test_both_audiences_of_a_token_are_accepted(server, environment):
    token_endpoint = requests.get(
        f"{environment['AZURE_AUTHORITY_HOST'].rstrip('/')}/adfs/.well-known/openid-configuration", timeout=30
    ).json()["token_endpoint"]
    url = environment["CUPOLA_URL"].rstrip("/")
    for scope in (f"{url}/.default", f"{url}//.default"):
        form = {
            "grant_type": "client_credentials",
            "client_id": environment["AZURE_CLIENT_ID"],
            "client_secret": environment["AZURE_CLIENT_SECRET"],
            "scope": scope,
            "client_info": "1",
        }
        answer = requests.post(token_endpoint, data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        listed = requests.get(
            f"{url}/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert listed.status_code == 200, listed.text
        assert environment["AZURE_SUBSCRIPTION_ID"] in listed.text


def test_a_wrong_secret_is_refused_in_the_words_that_clients_read(environment):
    host = environment["AZURE_AUTHORITY_HOST"].rstrip("/")
    discovery = requests.get(f"{host}/adfs/.well-known/openid-configuration", timeout=30).json()
    form = {
        "grant_type": "client_credentials",
        "client_id": environment["AZURE_CLIENT_ID"],
        "client_secret": "wrong",
        "scope": f"{environment['CUPOLA_URL']}/.default",
    }
    answer = requests.post(discovery["token_endpoint"], data=form, timeout=30)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == "invalid_client"
    assert "AADSTS7000215" in answer.json()["error_description"]
