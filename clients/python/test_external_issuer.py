"""People and programs of another issuer: a real OpenID provider, over HTTP, with its own pages."""

import threading
import webbrowser

import pytest
from azure.identity import InteractiveBrowserCredential

import directory
import openid
from browser import Browser


def sign_in_there(browser, page, user):
    """Our page offers the other issuer; its pages ask for a name, then for consent; then we are back."""
    links = [url for text, url in page.links() if text == "The other one" or "/sign-in/external/" in url]
    page = browser.open(links[0])
    for _ in range(6):
        if page.has("login", "password"):
            page = page.submit(login=user, password="whatever")
        elif page.has("code", "state"):
            return page.submit(code=page.form("code", "state")["fields"]["code"])
        elif page.forms.found:
            page = page.submit()
        else:
            break
    return page


@pytest.fixture
def credential(arm, environment, issuer, monkeypatch):
    def make(user):
        def open_browser(url, *_):
            browser = Browser(arm.session.verify)
            arguments = (browser, browser.open(url), user)
            threading.Thread(target=sign_in_there, args=arguments, daemon=True).start()
            return True

        monkeypatch.setattr(webbrowser, "open", open_browser)
        return InteractiveBrowserCredential(tenant_id="adfs", authority=environment["CUPOLA_URL"], timeout=30)

    return make


def test_somebody_of_the_other_issuer_signs_in(credential, arm):
    scope = f"{arm.url}/.default"
    ada = credential("ada@example.test")
    token = ada.get_token(scope).token
    [user] = directory.graph(arm, "GET", "/users?$filter=userPrincipalName eq 'ada@example.test'")["value"]
    listed = arm.session.get(
        f"{arm.url}/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert listed.json()["value"] == [], "who just came in may do nothing"
    directory.assign(arm, user["id"], directory.READER, kind="User")
    listed = arm.session.get(
        f"{arm.url}/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert len(listed.json()["value"]) == 1

    again = credential("ada@example.test")
    again.get_token(scope)
    users = directory.graph(arm, "GET", "/users?$filter=userPrincipalName eq 'ada@example.test'")["value"]
    assert [one["id"] for one in users] == [user["id"]], "the same person"


def test_an_issuer_that_was_switched_off_lets_nobody_in(arm, issuer):
    openid.trust(arm, issuer, enabled=False)
    try:
        page = Browser(arm.session.verify).open(f"{arm.url}/sign-in")
        assert "The other one" not in page.text
        page = Browser(arm.session.verify).open(f"{arm.url}/sign-in/external/keycloak")
        assert page.status >= 400
    finally:
        openid.trust(arm, issuer)


def test_a_token_of_an_issuer_that_nobody_trusts(arm, environment):
    stranger = openid.Issuer(f"{arm.url}/sign-in/callback")
    try:
        application = directory.Application(arm, "stranger")
        answer = arm.session.post(
            f"{arm.url}/adfs/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": application.app_id,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": stranger.token("system:serviceaccount:default:story"),
                "scope": f"{arm.url}/.default",
            },
            timeout=30,
        )
        assert answer.status_code in (400, 401)
        assert "AADSTS" in answer.json()["error_description"]
    finally:
        stranger.stop()
