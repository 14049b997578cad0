"""A store spread over two worker nodes of Citus; runs with `--citus` only (`make test-citus`)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from twicetold.store.open import migrate, open_store
from twicetold.store.store import SqlStore

from bench.citus_server import CitusServer
from tests.store.conftest import SCHEME

_numbers = itertools.count()


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Nothing here can run without Citus."""
    return None if config.getoption("--citus") else True


@pytest.fixture(scope="session")
def citus() -> Iterator[CitusServer]:
    server = CitusServer()
    yield server
    server.remove()


@pytest.fixture
def url(citus: CitusServer) -> str:
    """A migrated store that is not distributed yet."""
    made = citus.create(f"store{next(_numbers)}")
    migrate(made, scheme=SCHEME)
    return made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = open_store(url, scheme=SCHEME)
    yield opened
    opened.close()
