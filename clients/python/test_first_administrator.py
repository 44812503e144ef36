"""The first person: a link that the first start prints, a page, a password, and everything is allowed."""

import re

import pytest
import requests
from azure.identity import UsernamePasswordCredential

from browser import Browser

CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def link(server):
    return re.search(r"https://\S+/sign-in/invite#\S+", server.said())


def accept(server, url, user, password):
    page, invitation = url.split("#")
    fields = {"invitation": invitation, "username": user, "displayname": "Ann", "new": password, "again": password}
    return Browser(server.client["ca_bundle_file"]).open(page).submit(**fields)


def test_the_invitation_is_good_once(own_server, monkeypatch):
    server = own_server()
    url = link(server)[0]
    weak = accept(server, url, "ann@example.test", "short")
    assert weak.has("invitation"), "the page says what is wrong and asks again"
    page = accept(server, url, "ann@example.test", "A very good passphrase")
    assert page.status == 200 and not page.has("invitation"), page.text

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.client["ca_bundle_file"])
    credential = UsernamePasswordCredential(
        CLI, "ann@example.test", "A very good passphrase", tenant_id="adfs", authority=server.client["url"]
    )
    headers = {"Authorization": f"Bearer {credential.get_token(server.client['url'] + '/.default').token}"}
    group = f"{server.client['url']}/subscriptions/{server.client['subscription_id']}/resourceGroups/anns"
    made = requests.put(f"{group}?api-version=2024-11-01", json={"location": "eastus2"}, headers=headers, timeout=30)
    assert made.status_code == 201, made.text

    again = accept(server, url, "eve@example.test", "Another good passphrase")
    assert again.status >= 400, again.text
    server.stop()
    assert link(own_server()) is None, "a later start invites nobody"


@pytest.mark.parametrize("token", ["", "made-up", "x" * 5000])
def test_an_invitation_that_nobody_made(own_server, token):
    server = own_server()
    page = accept(server, f"{server.client['url']}/sign-in/invite#{token}", "eve@example.test", "A very good passphrase")
    assert page.status >= 400
