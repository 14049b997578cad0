from __future__ import annotations

import itertools

import psycopg
import pytest
from twicetold import bootstrap
from twicetold.settings import Settings

from bench.postgres_server import PostgresServer

_numbers = itertools.count()


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    place = tmp_path_factory.mktemp("store") / "stories.db"
    return Settings.load({"TWICETOLD_STORE_URL": f"sqlite:///{place}"})


@pytest.fixture(scope="module")
def analyser(settings):
    with bootstrap.analyser(settings, children=1) as analyser:
        yield analyser


@pytest.fixture(scope="session")
def postgres_server():
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request, tmp_path):
    """A URL where no store is yet, on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/store.db"
    server, name = request.getfixturevalue("postgres_server"), f"imported{next(_numbers)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return server.url(name)
