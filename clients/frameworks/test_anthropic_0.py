"""The stories of anthropic with a version before 1.0, which sends keys under another header."""

import anthropic

from test_anthropic import *  # noqa: F403


def test_which_version_this_is():
    assert anthropic.__version__.startswith("0.")
