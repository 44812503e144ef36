"""Every form of `az login`."""

import json
import re
import sys
from pathlib import Path

import pytest

import browser
import directory
import openid
from browser import Browser
from certificates import Certificate


@pytest.fixture(scope="module")
def application(arm):
    return directory.Application(arm, "login")


@pytest.fixture(scope="module")
def somebody(arm):
    return directory.person(arm, "grace")


@pytest.fixture(params=["authority", "adfs"])
def new(request, server, fresh):
    """An `az` that was just pointed here, in either way."""

    def make(**variables):
        az = fresh(**variables)
        if request.param == "authority":
            return az.register()
        url = server.client["url"]
        endpoints = {
            "activeDirectory": f"{url}/adfs",
            "activeDirectoryResourceId": f"{url}/",
            "microsoftGraphResourceId": f"{url}/",
            "resourceManager": url,
        }
        az("cloud", "register", "-n", "Adfs", "--cloud-config", json.dumps({"endpoints": endpoints}))
        az("cloud", "set", "-n", "Adfs")
        return az

    make.adfs = request.param == "adfs"
    return make


def works(az, server, subscriptions, name, kind="servicePrincipal"):
    [subscription] = subscriptions
    assert subscription["id"] == server.client["subscription_id"]
    assert subscription["user"] == {"name": name, "type": kind} | {
        key: value for key, value in subscription["user"].items() if key not in ("name", "type")
    }
    assert server.client["resource_group"] in az("group", "list", "--query", "[].name")


def as_application(application, server):
    return ("login", "--service-principal", "-u", application.app_id, "--tenant", server.client["tenant_id"])


def test_a_secret(new, server, application):
    az = new()
    works(az, server, az(*as_application(application, server), "-p", application.secret()), application.app_id)


def test_a_certificate(new, server, application, tmp_path):
    certificate = Certificate("az")
    application.trust(certificate.der_base64())
    az = new()
    path = certificate.write(tmp_path / "az.pem")
    works(az, server, az(*as_application(application, server), "--certificate", path), application.app_id)


def test_a_federated_token(new, server, application, issuer):
    application.federate(issuer.url, "system:serviceaccount:default:story")
    az = new()
    token = issuer.token("system:serviceaccount:default:story")
    works(az, server, az(*as_application(application, server), "--federated-token", token), application.app_id)


def test_a_user_and_a_password(new, server, somebody):
    if not new.adfs:
        pytest.skip("MSAL asks for the user's realm on port 443 of this host: clients/dns has this story")
    az = new()
    subscriptions = az("login", "-u", somebody.upn, "-p", somebody.password)
    works(az, server, subscriptions, somebody.upn, "user")
    assert "AADSTS50126" in new().fails("login", "-u", somebody.upn, "-p", "wrong")


@pytest.mark.parametrize("tenant", [True, False], ids=["tenant", "no tenant"])
def test_a_device_code(new, server, somebody, tenant):
    az = new()
    chosen = ("--tenant", server.client["tenant_id"]) if tenant else ()
    process = az.start("login", "--use-device-code", *chosen)
    said = ""
    while not (shown := re.search(r"(https://\S+) and enter the code (\S+)", said)):
        line = process.stderr.readline()
        assert line, f"az ended: {said}"
        said += line
    Browser(server.client["ca_bundle_file"]).approve(shown[1], shown[2], somebody.upn, somebody.password)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, said + stderr
    works(az, server, json.loads(stdout), somebody.upn, "user")


def test_a_browser(new, server, somebody):
    script = " ".join([sys.executable, str(Path(browser.__file__)), server.client["ca_bundle_file"]])
    command = f"{script} {somebody.upn} {somebody.password} %s &"
    az = new(BROWSER=command, DISPLAY=":0")
    az("config", "set", "core.login_experience_v2=off")
    works(az, server, az("login", "--tenant", server.client["tenant_id"]), somebody.upn, "user")


def test_the_login_outlives_the_access_token(new, server, somebody):
    """A refresh token gets tokens for other audiences, silently."""
    if not new.adfs:
        pytest.skip("MSAL asks for the user's realm on port 443 of this host")
    az = new()
    az("login", "-u", somebody.upn, "-p", somebody.password)
    me = az("ad", "signed-in-user", "show")
    assert (me["id"], me["userPrincipalName"]) == (somebody.id, somebody.upn)


def test_logging_out(new, server, application):
    az = new()
    az(*as_application(application, server), "-p", application.secret())
    az("logout")
    assert "az login" in az.fails("group", "list")


@pytest.fixture(scope="module")
def issuer(arm):
    started = openid.Issuer(f"{arm.url}/sign-in/callback")
    openid.trust(arm, started)
    yield started
    started.stop()
