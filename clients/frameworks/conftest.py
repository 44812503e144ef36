"""Frameworks that stand on openai and anthropic, in the versions of those that they pin."""

import pytest

pytest_plugins = ["cupola_fixtures", "inference_fixtures"]

# The stories that are run with these versions as well.
pytest.register_assert_rewrite("test_openai_surfaces", "test_responses_kept", "test_anthropic", "test_langchain_openai")
