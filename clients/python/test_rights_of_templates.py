"""A template does nothing that its caller could not do."""

import json
import uuid

import directory
from test_bad_requests import deploy, template, workspace


def test_a_template_that_reaches_into_another_group_without_rights(arm, group):
    """Whoever may deploy in one group cannot write in another by way of a nested deployment."""
    application = directory.Application(arm, "nested", role=None)
    directory.assign(arm, application.principal, "b24988ac-6180-42a0-ab88-20f7382dd24c", arm.group(group))
    limited = arm.as_application(application.app_id, application.secret())
    nested = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": f"inner-{uuid.uuid4().hex[:6]}",
        "resourceGroup": arm.client["resource_group"],
        "properties": template([workspace("smuggled")])["properties"],
    }
    answer = deploy(limited, group, template([nested]))
    if answer.status_code == 201:
        status = limited.wait_for_operation(answer.headers["Azure-AsyncOperation"])
        assert status["status"] == "Failed", status
        assert "AuthorizationFailed" in json.dumps(status)
    else:
        assert answer.status_code in (400, 403), answer.text
        assert "AuthorizationFailed" in answer.text
    assert arm.get(arm.workspace("smuggled")).status_code == 404
