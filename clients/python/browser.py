"""A browser without eyes: fetches pages, fills in forms, follows redirects, as a person does it.

As a program, for `BROWSER`: python browser.py CA_BUNDLE USER PASSWORD URL
"""

import sys
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Forms(HTMLParser):
    """Every form of a page, with its fields as they stand there, and the page's text."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.text = []
        self.links = []
        self.in_link = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.found.append({"attributes": attributes, "fields": {}, "types": {}, "buttons": []})
        elif tag == "input" and self.found and attributes.get("name"):
            self.found[-1]["fields"][attributes["name"]] = attributes.get("value") or ""
            self.found[-1]["types"][attributes["name"]] = attributes.get("type", "text")
        elif tag == "a":
            self.in_link = True
            self.links.append([attributes.get("href") or "", ""])
        elif tag == "button" and self.found and attributes.get("name"):
            self.found[-1]["buttons"].append((attributes["name"], attributes.get("value") or ""))

    def handle_data(self, data):
        self.text.append(data)
        if self.in_link:
            self.links[-1][1] += data

    def handle_endtag(self, tag):
        self.in_link = self.in_link and tag != "a"


class Page:
    def __init__(self, browser, answer):
        self.browser = browser
        self.answer = answer
        self.url = answer.url
        self.status = answer.status_code
        self.forms = Forms(answer.text)
        self.text = " ".join("".join(self.forms.text).split())

    def form(self, *names):
        """The form that has all these fields."""
        for form in self.forms.found:
            if set(names) <= set(form["fields"]):
                return form
        raise AssertionError(f"no form with {names} at {self.url} ({self.status}): {self.text[-500:]}")

    def submit(self, button=None, **filled):
        """Fills in the form that has these fields, and presses its button."""
        form = self.form(*filled)
        fields = form["fields"] | filled
        if button or form["buttons"]:
            chosen = next((one for one in form["buttons"] if one[1] == button), None) or form["buttons"][0]
            fields[chosen[0]] = chosen[1]
        target = urljoin(self.url, form["attributes"].get("action") or self.url)
        return self.browser.go(form["attributes"].get("method", "get").upper(), target, fields, self.url)

    def links(self):
        """Text and address of every link."""
        return [(text.strip(), urljoin(self.url, link)) for link, text in self.forms.links]

    def has(self, *names):
        return any(set(names) <= set(form["fields"]) for form in self.forms.found)


class Browser:
    def __init__(self, ca_bundle):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = ca_bundle

    def open(self, url):
        return self.go("GET", url)

    def go(self, method, url, fields=None, referer=None):
        headers = {}
        if method == "POST" and referer:
            parts = urlsplit(referer)
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        data, params = (fields, None) if method == "POST" else (None, fields)
        return Page(self, self.session.request(method, url, data=data, params=params, headers=headers, timeout=30))

    def approve(self, url, code, user, password):
        """The page for devices: signs in, types the code, says that the device is ours."""
        page = self.open(url)
        for _ in range(6):
            if page.has("username", "password"):
                page = page.submit(username=user, password=password)
            elif page.has("user_code") and page.form("user_code")["buttons"]:
                return page.submit(button="approve", user_code=code)
            elif page.has("user_code"):
                page = page.submit(user_code=code)
        raise AssertionError(f"the device was not approved: {page.text[-500:]}")

    def sign_in(self, url, user, password):
        """Goes there, signs in where asked, and goes on until a page wants nothing more or belongs to the application."""
        page = self.open(url)
        for _ in range(8):
            if page.has("username", "password"):
                page = page.submit(username=user, password=password)
            elif page.has("code", "state"):
                return page.submit(code=page.form("code", "state")["fields"]["code"])
            elif page.forms.found and page.form().get("fields"):
                page = page.submit()
            else:
                break
        return page


if __name__ == "__main__":
    bundle, user, password, url = sys.argv[1:]
    Browser(bundle).sign_in(url, user, password)
