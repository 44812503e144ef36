"""Hubs, projects and plain workspaces, as the SDK of 2024 makes them: the stories are those of today's."""

from test_hubs_and_projects import (  # noqa: F401
    client,
    test_a_hub_and_a_project_of_it,
    test_a_plain_workspace_is_made_changed_and_deleted,
)
