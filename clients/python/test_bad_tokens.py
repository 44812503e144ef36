"""Tokens that prove nothing, and codes that are used twice: each is refused, and none says more than it must."""

import base64
import json
import secrets

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

import directory
from browser import Browser

CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
REDIRECT = "http://localhost:8400"


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def with_header(token, **changes):
    header, rest = token.split(".", 1)
    known = json.loads(base64.urlsafe_b64decode(header + "=="))
    return f"{encoded(known | changes)}.{rest}"


def with_claims(token, **changes):
    header, payload, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{encoded(known | changes)}.{signature}"


@pytest.fixture
def token(arm):
    return arm.token()


def forged(token):
    """A token with the same words, signed by somebody else under the same key id."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": header["kid"]})


def hashed(arm, token):
    """Signed with the public key as if it were a shared secret."""
    keys = arm.session.get(f"{arm.url}/common/discovery/v2.0/keys", timeout=30).json()["keys"]
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, keys[0]["n"], algorithm="HS256", headers={"kid": keys[0]["kid"]})


FORGERIES = {
    "no algorithm": lambda arm, token: with_header(token, alg="none").rsplit(".", 1)[0] + ".",
    "no algorithm, old signature": lambda arm, token: with_header(token, alg="None"),
    "another algorithm": lambda arm, token: with_header(token, alg="HS256"),
    "the public key as secret": hashed,
    "another key": lambda arm, token: forged(token),
    "an unknown key id": lambda arm, token: with_header(token, kid="../../etc/passwd"),
    "no key id": lambda arm, token: with_header(token, kid=None),
    "a key in the header": lambda arm, token: with_header(token, jwk={"kty": "RSA", "n": "AQ", "e": "AQAB"}),
    "another audience": lambda arm, token: with_claims(token, aud="https://elsewhere.test"),
    "another issuer": lambda arm, token: with_claims(token, iss="https://elsewhere.test/"),
    "another principal": lambda arm, token: with_claims(token, oid="00000000-0000-0000-0000-000000000000"),
    "a longer life": lambda arm, token: with_claims(token, exp=9_999_999_999),
    "two parts": lambda arm, token: token.rsplit(".", 1)[0],
    "four parts": lambda arm, token: f"{token}.x",
    "no JSON": lambda arm, token: "a.b.c",
    "deep JSON": lambda arm, token: f"{base64.urlsafe_b64encode(b'[' * 20_000).decode()}.e30.x",
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_token(arm, token, kind):
    sent = FORGERIES[kind](arm, token)
    for path in (arm.group(), f"{arm.subscription()}/resourceGroups/not-there"):
        answer = requests.get(
            f"{arm.url}{path}?api-version=2024-11-01",
            headers={"Authorization": f"Bearer {sent}"},
            verify=arm.session.verify,
            timeout=30,
        )
        assert answer.status_code == 401, f"{kind}: {answer.text}"
        assert answer.json()["error"]["code"] in ("InvalidAuthenticationToken", "AuthenticationFailed")
        assert "authorization_uri" in answer.headers["WWW-Authenticate"]


def test_a_token_for_another_audience(arm):
    form = {
        "grant_type": "client_credentials",
        "client_id": arm.client["client_id"],
        "client_secret": arm.client["client_secret"],
        "scope": "https://elsewhere.test/.default",
    }
    answer = arm.session.post(f"{arm.url}/adfs/oauth2/token", data=form, timeout=30)
    if answer.status_code != 200:
        assert answer.json()["error"] == "invalid_scope" or "AADSTS" in answer.json()["error_description"]
        return
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = requests.get(
        f"{arm.url}{arm.group()}?api-version=2024-11-01", headers=headers, verify=arm.session.verify, timeout=30
    )
    assert refused.status_code == 401


def test_what_the_token_endpoint_refuses(arm):
    good = {
        "grant_type": "client_credentials",
        "client_id": arm.client["client_id"],
        "client_secret": arm.client["client_secret"],
        "scope": f"{arm.url}/.default",
    }
    for change in (
        {"grant_type": "implicit"},
        {"grant_type": ""},
        {"client_id": "nobody"},
        {"client_id": "x" * 100_000},
        {"client_id": "a\u0000b"},
        {"client_secret": ""},
        {"grant_type": "refresh_token", "refresh_token": "made-up"},
        {"grant_type": "authorization_code", "code": "made-up", "redirect_uri": REDIRECT, "code_verifier": "x" * 43},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "made-up"},
        {"grant_type": "password", "username": "nobody@cupola.local", "password": "x"},
    ):
        answer = arm.session.post(f"{arm.url}/adfs/oauth2/token", data=good | change, timeout=30)
        assert answer.status_code in (400, 401, 413), f"{change}: {answer.status_code} {answer.text}"
        assert answer.json()["error"], change
    big = b"grant_type=client_credentials&x=" + b"y" * 20_000_000
    assert arm.session.post(f"{arm.url}/adfs/oauth2/token", data=big, timeout=60).status_code == 413


class SignedIn:
    """A browser that holds a session, and codes that it gets."""

    def __init__(self, arm, somebody):
        self.arm = arm
        self.browser = Browser(arm.session.verify)
        self.tenant = arm.client["tenant_id"]
        self.somebody = somebody

    def authorize(self, challenge, **changes):
        parameters = {
            "client_id": CLI,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": f"{self.arm.url}/.default openid profile offline_access",
            "state": "the-state",
            "response_mode": "form_post",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | changes
        parameters = {name: value for name, value in parameters.items() if value is not None}
        return f"{self.arm.url}/{self.tenant}/oauth2/v2.0/authorize?{requests.compat.urlencode(parameters)}"

    def code(self):
        """A fresh code with its verifier, caught before it reaches the application."""
        import hashlib

        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        page = self.browser.open(self.authorize(challenge))
        if page.has("username", "password"):
            page = page.submit(username=self.somebody.upn, password=self.somebody.password)
        form = page.form("code", "state")
        assert form["attributes"]["action"].rstrip("/") == REDIRECT
        assert form["fields"]["state"] == "the-state"
        return form["fields"]["code"], verifier

    def redeem(self, code, verifier, **changes):
        form = {
            "grant_type": "authorization_code",
            "client_id": CLI,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": verifier,
            "scope": f"{self.arm.url}/.default openid profile offline_access",
            "client_info": "1",
        } | changes
        return requests.post(
            f"{self.arm.url}/{self.tenant}/oauth2/v2.0/token", data=form, verify=self.arm.session.verify, timeout=30
        )


@pytest.fixture(scope="module")
def somebody(arm):
    return directory.person(arm, "mallory")


@pytest.fixture
def signed_in(arm, somebody):
    return SignedIn(arm, somebody)


def test_a_code_is_good_once_and_its_replay_ends_what_it_began(signed_in, arm):
    code, verifier = signed_in.code()
    first = signed_in.redeem(code, verifier)
    assert first.status_code == 200, first.text
    again = signed_in.redeem(code, verifier)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    refreshed = requests.post(
        f"{arm.url}/{signed_in.tenant}/oauth2/v2.0/token",
        data={
            "grant_type": "refresh_token",
            "client_id": CLI,
            "refresh_token": first.json()["refresh_token"],
            "scope": f"{arm.url}/.default",
        },
        verify=arm.session.verify,
        timeout=30,
    )
    assert refreshed.status_code == 400, "a stolen code must not leave its thief or its victim with tokens"


@pytest.mark.parametrize(
    "change",
    [{"code_verifier": "x" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://localhost:9999/other"}, {"client_id": "x"}],
    ids=["verifier", "no verifier", "redirect", "client"],
)
def test_a_code_is_for_who_asked(signed_in, change):
    code, verifier = signed_in.code()
    answer = signed_in.redeem(code, verifier, **change)
    assert answer.status_code in (400, 401), answer.text
    assert answer.json()["error"] in ("invalid_grant", "invalid_request", "invalid_client", "unauthorized_client")


@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.test/",
        "http://localhost.evil.test:8400",
        "http://localhost@evil.test",
        "http://127.0.0.1.evil.test",
        "javascript:alert(1)",
        "//evil.test",
        "http://localhost:8400\r\nX: y",
        "",
    ],
)
def test_an_open_redirect(signed_in, redirect):
    page = signed_in.browser.open(signed_in.authorize("a" * 43, redirect_uri=redirect))
    assert page.status == 400, page.text
    assert page.url.startswith(signed_in.arm.url), "we stay here"
    assert not any("evil" in (form["attributes"].get("action") or "") for form in page.forms.found)


@pytest.mark.parametrize("target", ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/%2f/evil.test"])
def test_an_open_redirect_after_signing_in(arm, somebody, target):
    browser = Browser(arm.session.verify)
    page = browser.open(f"{arm.url}/sign-in?continue={requests.utils.quote(target, safe='')}")
    page = page.submit(username=somebody.upn, password=somebody.password)
    assert page.url.startswith(arm.url), page.url
    page = browser.open(f"{arm.url}/sign-in")
    if page.has("continue"):
        page = page.submit(**{"continue": target})
        assert page.url.startswith(arm.url), page.url


def test_a_form_from_another_page_is_refused(arm, somebody):
    browser = Browser(arm.session.verify)
    page = browser.open(f"{arm.url}/sign-in")
    fields = page.form("username", "password")["fields"] | {
        "username": somebody.upn,
        "password": somebody.password,
        "form_token": "made-up",
    }
    stolen = browser.go("POST", f"{arm.url}/sign-in", fields, arm.url)
    assert stolen.status in (400, 403)
    assert browser.open(f"{arm.url}/sign-in").has("password"), "nobody is signed in"


def test_names_with_markup_are_shown_as_text(arm):
    page = Browser(arm.session.verify).open(f"{arm.url}/devicelogin?user_code=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.answer.text
    policy = page.answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy


def test_guessing_a_password_is_stopped(arm):
    victim = directory.person(arm, "victim")
    form = {
        "grant_type": "password",
        "client_id": CLI,
        "username": victim.upn,
        "scope": f"{arm.url}/.default openid",
    }
    seen = []
    for _ in range(30):
        answer = arm.session.post(f"{arm.url}/adfs/oauth2/token", data=form | {"password": "guess"}, timeout=30)
        seen.append(answer.json()["error_description"].split(":")[0])
        if seen[-1] == "AADSTS50053":
            break
    assert seen[-1] == "AADSTS50053", f"never locked: {seen}"
    right = arm.session.post(f"{arm.url}/adfs/oauth2/token", data=form | {"password": victim.password}, timeout=30)
    assert right.json()["error_description"].startswith("AADSTS50053"), "not even with the right password"
