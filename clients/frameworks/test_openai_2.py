"""The stories of openai with the major version before, which most frameworks still pin."""

import openai

from test_openai_surfaces import *  # noqa: F403
from test_responses_kept import *  # noqa: F403


def test_which_version_this_is():
    assert openai.__version__.startswith("2.")
