"""azure-mgmt-resource-locks."""

from azure.mgmt.resource.locks import ManagementLockClient


def test_locks_through_the_library(credential, environment, group):
    url = environment["CUPOLA_URL"]
    subscription = environment["AZURE_SUBSCRIPTION_ID"]
    locks = ManagementLockClient(credential, subscription, base_url=url, credential_scopes=[f"{url}/.default"])
    made = locks.management_locks.create_or_update_at_resource_group_level(group, "keep", {"properties": {"level": "CanNotDelete"}})
    assert (made.name, made.level) == ("keep", "CanNotDelete")
    assert [one.name for one in locks.management_locks.list_at_resource_group_level(group)] == ["keep"]
    locks.management_locks.delete_at_resource_group_level(group, "keep")
    assert list(locks.management_locks.list_at_resource_group_level(group)) == []
