"""People and applications, made over Graph as an administrator makes them."""

import secrets
import uuid

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


class Person:
    def __init__(self, id, upn, password):
        self.id, self.upn, self.password = id, upn, password


def graph(arm, method, path, body=None, status=(200, 201, 204)):
    answer = arm.session.request(method, f"{arm.url}/v1.0{path}", json=body, timeout=60)
    assert answer.status_code in status, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.text else None


def person(arm, name, role=READER):
    """Somebody who may sign in, with a role on the subscription."""
    name = f"{name}-{uuid.uuid4().hex[:6]}"
    upn, password = f"{name}@cupola.local", f"Pw-{secrets.token_urlsafe(18)}"
    made = graph(
        arm,
        "POST",
        "/users",
        {
            "accountEnabled": True,
            "displayName": name.title(),
            "mailNickname": name,
            "userPrincipalName": upn,
            "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": False},
        },
    )
    if role:
        assign(arm, made["id"], role, kind="User")
    return Person(made["id"], upn, password)


def assign(arm, principal, role, scope=None, kind="ServicePrincipal"):
    scope = scope or arm.subscription()
    definition = f"{arm.subscription()}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    body = {"properties": {"roleDefinitionId": definition, "principalId": principal, "principalType": kind}}
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    answer = arm.request("PUT", path, body)
    assert answer.status_code == 201, answer.text
    return path


class Application:
    """A service principal of its own, without a secret yet."""

    def __init__(self, arm, name, role=READER):
        self.arm = arm
        self.object = graph(arm, "POST", "/applications", {"displayName": f"{name}-{uuid.uuid4().hex[:6]}"})
        self.id = self.object["id"]
        self.app_id = self.object["appId"]
        self.principal = graph(arm, "POST", "/servicePrincipals", {"appId": self.app_id})["id"]
        if role:
            assign(arm, self.principal, role)

    def secret(self):
        return graph(self.arm, "POST", f"/applications/{self.id}/addPassword", {"passwordCredential": {}})["secretText"]

    def trust(self, certificate_der_base64):
        key = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate_der_base64}
        graph(self.arm, "PATCH", f"/applications/{self.id}", {"keyCredentials": [key]})

    def federate(self, issuer, subject, audience="api://AzureADTokenExchange"):
        body = {"name": f"trust-{uuid.uuid4().hex[:6]}", "issuer": issuer, "subject": subject, "audiences": [audience]}
        graph(self.arm, "POST", f"/applications/{self.id}/federatedIdentityCredentials", body)
