"""One `az` that is signed in as the administrator, and fresh ones that know nothing."""

import itertools

import pytest

from az import Az

pytest_plugins = ["cupola_fixtures"]


@pytest.fixture(scope="session")
def az(server, tmp_path_factory):
    """Registered and signed in, as the administrator that the first start made."""
    folder = tmp_path_factory.mktemp("az")
    az = Az(server, folder, warm=True).register()
    az.login()
    yield az
    az.end()


@pytest.fixture
def fresh(server, tmp_path):
    """Makes an `az` that was never used on this machine."""
    numbers = itertools.count()

    def make(**variables):
        folder = tmp_path / f"az{next(numbers)}"
        folder.mkdir()
        return Az(server, folder, **variables)

    return make
