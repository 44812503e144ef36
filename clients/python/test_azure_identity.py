"""Every credential class of azure-identity, with the authority named and with the tenant `adfs`."""

import base64
import json
import threading
import webbrowser

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    EnvironmentCredential,
    InteractiveBrowserCredential,
    UsernamePasswordCredential,
    WorkloadIdentityCredential,
)

import directory
from browser import Browser
from certificates import Certificate

CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


@pytest.fixture(params=["authority", "adfs"])
def cloud(request, environment, server):
    """The two ways in which the contract points azure-identity at another identity host."""
    if request.param == "adfs":
        return {"tenant_id": "adfs", "authority": environment["CUPOLA_URL"]}
    tenant = server.client["tenant_id"]
    return {"tenant_id": tenant, "authority": environment["CUPOLA_URL"], "disable_instance_discovery": True}


@pytest.fixture(scope="module")
def application(arm):
    return directory.Application(arm, "identity")


@pytest.fixture(scope="module")
def somebody(arm):
    return directory.person(arm, "ada")


@pytest.fixture
def works(environment):
    """A credential's token says who it is for, and the resource manager takes it."""

    def check(credential, **expected):
        url = environment["CUPOLA_URL"]
        token = credential.get_token(f"{url}/.default").token
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["aud"] == url
        assert {name: claims.get(name) for name in expected} == expected
        answer = requests.get(
            f"{url}/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        assert [one["subscriptionId"] for one in answer.json()["value"]] == [environment["AZURE_SUBSCRIPTION_ID"]]
        return claims

    return check


def test_a_secret(cloud, works, application):
    secret = application.secret()
    credential = ClientSecretCredential(cloud.pop("tenant_id"), application.app_id, secret, **cloud)
    works(credential, appid=application.app_id, oid=application.principal, idtyp="app")


def test_several_secrets_are_good_at_once(cloud, works, application):
    tenant = cloud.pop("tenant_id")
    for secret in (application.secret(), application.secret()):
        works(ClientSecretCredential(tenant, application.app_id, secret, **cloud), appid=application.app_id)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        works(ClientSecretCredential(tenant, application.app_id, "wrong", **cloud))


@pytest.mark.parametrize("chain", [False, True], ids=["thumbprint", "chain"])
def test_a_certificate(cloud, works, application, tmp_path, chain):
    certificate = Certificate("identity")
    application.trust(certificate.der_base64())
    path = certificate.write(tmp_path / "client.pem")
    credential = CertificateCredential(
        cloud.pop("tenant_id"), application.app_id, certificate_path=path, send_certificate_chain=chain, **cloud
    )
    works(credential, appid=application.app_id, idtyp="app")


def test_a_certificate_that_nobody_trusts(cloud, application, works, tmp_path):
    path = Certificate("stranger").write(tmp_path / "stranger.pem")
    credential = CertificateCredential(cloud.pop("tenant_id"), application.app_id, certificate_path=path, **cloud)
    with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
        works(credential)


def test_an_assertion_of_our_own(cloud, works, application, environment, server):
    certificate = Certificate("assertion")
    application.trust(certificate.der_base64())
    tenant = cloud.pop("tenant_id")

    def assertion():
        import hashlib
        import time
        import uuid
        from cryptography.hazmat.primitives import serialization

        der = certificate.certificate.public_bytes(serialization.Encoding.DER)
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
        path = "adfs/oauth2/token" if tenant == "adfs" else f"{tenant}/oauth2/v2.0/token"
        now = int(time.time())
        claims = {
            "aud": f"{environment['CUPOLA_URL']}/{path}",
            "iss": application.app_id,
            "sub": application.app_id,
            "jti": str(uuid.uuid4()),
            "nbf": now,
            "exp": now + 300,
        }
        return jwt.encode(claims, certificate.key_pem(), algorithm="PS256", headers={"x5t#S256": thumbprint})

    works(ClientAssertionCredential(tenant, application.app_id, assertion, **cloud), appid=application.app_id)


def test_the_environment(works, environment):
    works(EnvironmentCredential(), appid=environment["AZURE_CLIENT_ID"], idtyp="app")


def test_the_environment_with_a_certificate(works, application, monkeypatch, tmp_path):
    certificate = Certificate("environment")
    application.trust(certificate.der_base64())
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.setenv("AZURE_CLIENT_ID", application.app_id)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", certificate.write(tmp_path / "environment.pem"))
    works(EnvironmentCredential(), appid=application.app_id)


def test_a_user_and_a_password(cloud, works, somebody):
    if cloud["tenant_id"] != "adfs":
        pytest.skip("MSAL asks for the user's realm on port 443 of this host: clients/dns has this story")
    credential = UsernamePasswordCredential(CLI, somebody.upn, somebody.password, **cloud)
    works(credential, oid=somebody.id, upn=somebody.upn, idtyp="user", appid=CLI)
    wrong = UsernamePasswordCredential(CLI, somebody.upn, "wrong", **cloud)
    with pytest.raises(ClientAuthenticationError, match="AADSTS50126"):
        works(wrong)


def test_a_device_code(cloud, works, somebody, server):
    shown = []

    def prompt(uri, code, expires):
        shown.append(code)
        browser = Browser(server.client["ca_bundle_file"])
        page = browser.approve(uri, code, somebody.upn, somebody.password)
        assert page.status == 200, page.text

    credential = DeviceCodeCredential(CLI, prompt_callback=prompt, **cloud)
    works(credential, oid=somebody.id, idtyp="user")
    works(credential, oid=somebody.id)
    assert len(shown) == 1, "the second token came from the first sign-in"


def test_a_browser(cloud, works, somebody, server, monkeypatch):
    opened = []

    def open_browser(url, *_):
        opened.append(url)
        arguments = (url, somebody.upn, somebody.password)
        threading.Thread(target=Browser(server.client["ca_bundle_file"]).sign_in, args=arguments, daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_browser)
    credential = InteractiveBrowserCredential(timeout=30, **cloud)
    works(credential, oid=somebody.id, upn=somebody.upn, idtyp="user")
    assert "code_challenge_method=S256" in opened[0]
    record = credential.authenticate(scopes=[f"{server.client['url']}/.default"])
    assert record.username == somebody.upn


def test_a_login_hint_fills_in_the_name(somebody, server, environment):
    tenant = server.client["tenant_id"]
    page = Browser(server.client["ca_bundle_file"]).open(
        f"{environment['CUPOLA_URL']}/{tenant}/oauth2/v2.0/authorize?client_id={CLI}&response_type=code&state=s"
        f"&redirect_uri=http://localhost:8400&scope=openid&code_challenge={'a' * 43}&code_challenge_method=S256"
        f"&login_hint={somebody.upn}"
    )
    assert page.form("username", "password")["fields"]["username"] == somebody.upn


def test_workload_identity(cloud, works, application, tmp_path, issuer):
    """The token of another cluster's issuer, in a file, as a pod has it."""
    application.federate(issuer.url, "system:serviceaccount:default:story")
    path = tmp_path / "token"
    path.write_text(issuer.token(subject="system:serviceaccount:default:story"))
    tenant = cloud.pop("tenant_id")
    credential = WorkloadIdentityCredential(
        tenant_id=tenant, client_id=application.app_id, token_file_path=str(path), **cloud
    )
    works(credential, appid=application.app_id, oid=application.principal)
    path.write_text(issuer.token(subject="system:serviceaccount:default:other"))
    credential = WorkloadIdentityCredential(
        tenant_id=tenant, client_id=application.app_id, token_file_path=str(path), **cloud
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS70021"):
        works(credential)
