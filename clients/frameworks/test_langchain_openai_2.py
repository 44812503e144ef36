"""The stories of langchain-openai with the openai that most frameworks still pin."""

from test_langchain_openai import *  # noqa: F403
