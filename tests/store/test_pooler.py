"""A store behind a pooler in transaction mode: every transaction may be another server's."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest
from twicetold.store.open import migrate, open_store
from twicetold.store.port import Connections
from twicetold.store.postgres.connections import SETTINGS

from tests.store.conftest import SCHEME
from tests.store.pooler import PGBOUNCER, PgBouncer
from tests.store.samples import asked, draft, keys_of, match, place, publish, save

pytestmark = pytest.mark.skipif(
    PGBOUNCER is None and not os.environ.get("DEMAND_PGBOUNCER"), reason="pgbouncer is not installed"
)


@pytest.fixture(scope="module")
def pooler(postgres_server):
    with tempfile.TemporaryDirectory() as folder:
        started = PgBouncer(Path(folder), Path(postgres_server.url("x").partition("host=")[2]))
        yield started
        started.close()


@pytest.fixture
def pooled_url(pooler, empty_postgres):
    return pooler.url(empty_postgres.partition("@/")[2].partition("?")[0])


@pytest.fixture
def pooled(pooled_url):
    migrate(pooled_url, scheme=SCHEME)
    store = open_store(pooled_url, scheme=SCHEME)
    yield store
    store.close()


def test_a_store_is_made_and_filled_through_a_pooler(pooled):
    a, b = keys_of(pooled, draft("a"), draft("b"))
    save(pooled, match(a, b))
    place(pooled, {a: "c", b: "c"}, {"c": a})
    assert asked(pooled).cluster("c").size == 2
    pooled.probe()


def test_every_transaction_has_its_settings_whichever_server_it_is_lent(pooled):
    names = ", ".join(f"current_setting('{name}')" for name in SETTINGS)
    wanted = ["1min" if value == "60s" else value for value in SETTINGS.values()]
    found, servers = [], set()

    def ask():
        for _ in range(5):
            for done in (
                pooled._engine.write(lambda session: session.rows(f"SELECT pg_backend_pid(), {names}")),
                pooled._engine.record(lambda session: session.rows(f"SELECT pg_backend_pid(), {names}")),
            ):
                servers.add(done[0][0])
                found.append(list(done[0][1:]))
            with pooled._engine.reading() as session:
                found.append(list(session.rows(f"SELECT {names}")[0]))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(servers) > 1
    assert len(found) == 90
    assert all(settings == wanted for settings in found)


def test_settings_stay_within_the_transactions_of_the_store(pooled, pooled_url):
    publish(pooled, draft("a"))
    with psycopg.connect(pooled_url, autocommit=True) as other:
        assert other.execute("SHOW statement_timeout").fetchall() == [("0",)]


def test_many_more_clients_than_servers_write_through_a_pooler(pooled):
    def write(name):
        for number in range(8):
            (key,) = keys_of(pooled, draft(f"{name}:{number}"))
            pooled.record(lambda recording, key=key: recording.finish([key]))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pooled.stats().stories == 64
    assert pooled.stats().backlog == 0


def test_nothing_is_prepared_behind_a_pooler_unless_that_is_asked_for(pooled, pooled_url):
    asking = open_store(pooled_url, scheme=SCHEME, connections=Connections(most=1, prepare=1))
    for store, prepared in ((pooled, 0), (asking, 1)):
        for _ in range(12):
            publish(store, draft("a"))

        def count(session):
            return session.rows("SELECT COUNT(*) > 0 FROM pg_prepared_statements WHERE NOT from_sql")

        assert store._engine.write(count) == [(bool(prepared),)]
    asking.close()


def test_without_a_pooler_statements_are_prepared_as_often_as_asked(postgres_server):
    for prepare, expected in ((None, True), (0, False), (3, True)):
        url = postgres_server.url("migrated")
        store = open_store(url, scheme=SCHEME, connections=Connections(most=1, prepare=prepare))
        for _ in range(12):
            asked(store).story("nothing")
        with store._engine.reading() as session:
            held = session.rows("SELECT COUNT(*) > 0 FROM pg_prepared_statements WHERE NOT from_sql")
        assert held == [(expected,)]
        store.close()
