from __future__ import annotations

import itertools

import psycopg
import pytest
from twicetold.store.copying import TABLES
from twicetold.store.migrations import migrations
from twicetold.store.open import migrate, open_store
from twicetold.store.postgres.distributing import distribute

from bench.citus_server import CitusServer
from bench.postgres_server import PostgresServer

SCHEME = "affine32/128/seed 1/k 3/normaliser 2"
INDEX_TABLES = ("index_tail", "index_runs", "posting_blocks", "index_filters")
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server(request):
    if request.config.getoption("--citus"):
        server = CitusServer()
        url = server.create("migrated")
        migrate(url, scheme=SCHEME)
        with psycopg.connect(url) as connection:
            distribute(connection)
        yield server.coordinator
        server.remove()
        return
    server = PostgresServer()
    migrate(_database(server, "migrated"), scheme=SCHEME)
    yield server
    server.remove()


def _database(server, name):
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return server.url(name)


@pytest.fixture
def new_postgres(postgres_server):
    """Makes databases without tables, and gives the URL of each."""
    return lambda: _database(postgres_server, f"empty{next(_numbers)}")


@pytest.fixture
def empty_postgres(new_postgres):
    """The URL of a database without tables."""
    return new_postgres()


@pytest.fixture
def sqlite_url(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url, scheme=SCHEME)
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request):
    """The URL of an empty store, migrated, on each engine."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def postgres_url(postgres_server):
    """The URL of an empty store in PostgreSQL, migrated."""
    url = postgres_server.url("migrated")
    with psycopg.connect(url) as connection:  # emptying a database is quicker than making one
        for table in (*(table.name for table in TABLES), *INDEX_TABLES, "search_words", "unsearched"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE change_numbers SET forgotten = 0, last = 0")
        connection.execute("UPDATE facts SET value = %s WHERE name = 'schema'", (migrations("postgres")[-1].number,))
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request, tmp_path):
    """A URL where no store is yet, on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/store.db"
    return request.getfixturevalue("empty_postgres")


@pytest.fixture
def store(store_url):
    opened = open_store(store_url, scheme=SCHEME)
    yield opened
    opened.close()
