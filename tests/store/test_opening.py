from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import numpy as np
import pytest
from twicetold.domain.errors import IncompatibleStore, Invalid, Unavailable
from twicetold.store.migrations import migrations
from twicetold.store.open import migrate, open_store
from twicetold.store.port import Engine
from twicetold.store.queries.indexing import pack_postings
from twicetold.store.sqlite import engine as sqlite_engine
from twicetold.store.sqlite.engine import SqliteEngine
from twicetold.store.sqlite.lock import WriterLock

from tests.store.conftest import SCHEME
from tests.store.samples import draft, publish


def look_at(url: str, *, scheme: str) -> None:
    store = open_store(url, scheme=scheme)
    try:
        store.probe()
    finally:
        store.close()


def raise_schema(url: str) -> None:
    engine: Engine = open_store(url, scheme=SCHEME)._engine
    engine.write(lambda session: session.run("UPDATE facts SET value = '999' WHERE name = 'schema'"))
    engine.close()


def test_migrating_names_the_steps_and_does_nothing_the_second_time(new_url):
    assert migrate(new_url, scheme=SCHEME)[0] == "0001 first"
    assert migrate(new_url, scheme=SCHEME) == []
    look_at(new_url, scheme=SCHEME)


def test_a_store_with_an_index_of_an_older_kind_has_its_stories_indexed_anew(tmp_path):
    path = tmp_path / "store.db"
    with apsw.Connection(str(path)) as old:
        for step in migrations("sqlite")[:6]:
            old.execute(step.sql)
        old.execute("INSERT INTO facts VALUES ('schema', '6'), ('scheme', ?)", (SCHEME,))
        stored = [(number, pack_postings(np.array([number, 7], np.int64))) for number in range(1, 10001)]
        old.executemany("INSERT INTO story_postings VALUES (?, ?)", stored)
        old.execute("UPDATE counters SET value = 10000 WHERE name = 'key'")
    engine = SqliteEngine(path, scheme=SCHEME, migrations=migrations("sqlite"))
    assert engine.migrate() == [f"{step.number:04} {step.name}" for step in migrations("sqlite")[6:]]
    with engine.reading() as session:
        positions, stories = session.postings.find(np.array([7, 500], np.int64), cap=3)
    engine.close()
    assert (positions.tolist(), stories.tolist()) == ([0, 0, 0, 1], [1, 2, 3, 500])
    assert list((tmp_path / "store.db-index").glob("*.segment"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT spills, next_part, bits, swept FROM posting_state",
        "SELECT spills, next_part, swept_to, page_bits, written FROM posting_state",
        "INSERT INTO posting_runs (spilled, postings, packed) VALUES (0, 1, zeroblob(12))",
    ],
)
def test_a_process_of_an_older_version_that_still_runs_finds_and_writes_nothing(sqlite_url, tmp_path, statement):
    with apsw.Connection(str(tmp_path / "store.db")) as old, pytest.raises(apsw.SQLError, match="no such table"):
        old.execute(statement)


def test_who_starts_while_another_migrates_waits_longer_than_writers_do(tmp_path):
    engine = SqliteEngine(tmp_path / "store.db", scheme=SCHEME, migrations=migrations("sqlite"), wait=0.05)
    with ThreadPoolExecutor(1) as threads:
        with WriterLock(tmp_path / "store.db", timeout=1).held():
            migrating = threads.submit(engine.migrate)
            with pytest.raises(TimeoutError):
                migrating.result(timeout=0.5)
        assert migrating.result(timeout=20)[0] == "0001 first"


def test_a_store_without_its_tables_is_not_ready_and_says_what_to_do(new_url):
    store = open_store(new_url, scheme=SCHEME)
    with pytest.raises(Unavailable, match="twicetold migrate"):
        store.probe()
    with pytest.raises(Unavailable, match="twicetold migrate"):
        store.stats()


def test_a_store_becomes_usable_once_it_is_migrated(new_url):
    store = open_store(new_url, scheme=SCHEME)
    with pytest.raises(Unavailable):
        store.probe()
    migrate(new_url, scheme=SCHEME)
    publish(store, draft("a"))
    store.close()


@pytest.mark.parametrize("use", [migrate, look_at])
@pytest.mark.parametrize("other", ["seed=2", "secret=abc"])
def test_a_store_of_another_seed_or_secret_is_refused(store_url, use, other):
    with pytest.raises(IncompatibleStore, match=other):
        use(store_url, scheme=f"{SCHEME} {other}")


def test_a_store_of_another_version_is_opened_with_a_word_on_what_to_do(store_url, caplog):
    migrate(store_url, scheme=f"{SCHEME} and more")
    assert "twicetold refingerprint" in caplog.text
    look_at(store_url, scheme=f"{SCHEME} and more")


def test_migrating_an_old_store_tells_how_far_it_is(tmp_path):
    *before, last = migrations("sqlite")
    with apsw.Connection(str(tmp_path / "store.db")) as old:
        for step in before:
            old.execute(step.sql)
        old.execute("INSERT INTO facts VALUES ('schema', ?), ('scheme', ?)", (str(before[-1].number), SCHEME))
    told = []
    migrate(f"sqlite:///{tmp_path}/store.db", scheme=SCHEME, tell=told.append)
    assert told[0] == f"step 1 of 1: {last.number:04} {last.name}"


@pytest.mark.parametrize("use", [migrate, look_at])
def test_a_newer_schema_is_refused(store_url, use):
    raise_schema(store_url)
    with pytest.raises(IncompatibleStore, match="newer twicetold"):
        use(store_url, scheme=SCHEME)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:s3cret@db/x",
        "s3cret",
        "",
        "sqlite://s3cret",
        "sqlite:///",
        "sqlite:///data/",
        "postgresql://u:s3cret@[bad/x",
    ],
)
def test_a_url_that_names_no_store_is_refused_without_repeating_it(url):
    with pytest.raises(Invalid) as refusal:
        open_store(url, scheme=SCHEME)
    assert "s3cret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_an_unreachable_server_is_unavailable_without_telling_its_address():
    store = open_store("postgresql://user:s3cret@127.0.0.1:9/db", scheme=SCHEME)
    with pytest.raises(Unavailable) as refusal:
        store.probe()
    assert "127.0.0.1" not in refusal.value.detail


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "store.db").write_text("no database at all " * 1000)
    with pytest.raises(IncompatibleStore, match="is not a store"):
        migrate(f"sqlite:///{tmp_path}/store.db", scheme=SCHEME)


@pytest.mark.parametrize(
    ("address", "cause"),
    [("127.0.0.1:1/hidden", "Connection refused"), ("nowhere.invalid/hidden", "failed to resolve host")],
)
def test_the_log_says_why_a_database_does_not_answer_and_names_nobody(caplog, address, cause):
    with pytest.raises(Unavailable, match="does not answer"):
        look_at(f"postgresql://hidden:hidden@{address}", scheme=SCHEME)
    assert caplog.messages == [f"the store's database failed: {cause}"]


def test_the_log_says_that_a_database_does_not_exist_without_its_name(caplog, postgres_server):
    with pytest.raises(Unavailable, match="does not answer"):
        look_at(postgres_server.url("hidden"), scheme=SCHEME)
    assert caplog.messages == ["the store's database failed: database does not exist"]


@pytest.mark.parametrize("table", ["customers (id)", "facts (title)"])
@pytest.mark.parametrize("use", [migrate, look_at])
def test_a_database_of_another_program_is_refused_as_it_was(tmp_path, table, use):
    path = tmp_path / "other.db"
    other = apsw.Connection(str(path))
    other.execute(f"CREATE TABLE {table}")
    other.close()
    before = path.read_bytes()
    with pytest.raises(IncompatibleStore, match="belongs to another program"):
        use(f"sqlite:///{path}", scheme=SCHEME)
    assert path.read_bytes() == before


def test_the_cause_of_a_store_that_cannot_be_read_is_logged_but_not_told(sqlite_url, caplog):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(Unavailable) as refusal:
        open_store(sqlite_url, scheme=SCHEME).stats()
    assert "malformed" not in refusal.value.detail
    assert caplog.messages == [
        "the store's database failed: CorruptError: database disk image is malformed (SQLITE_CORRUPT)"
    ]
    assert caplog.records[0].levelname == "WARNING"


def test_the_cause_of_a_directory_that_cannot_be_made_is_logged_without_its_path(tmp_path, caplog):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="directory cannot be created"):
        migrate(f"sqlite:///{tmp_path}/file/store.db", scheme=SCHEME)
    assert caplog.messages == ["the store's directory cannot be created: FileExistsError: File exists"]


def test_a_directory_is_refused_as_a_store(tmp_path):
    with pytest.raises(Invalid, match="must name a file"):
        migrate(f"sqlite:///{tmp_path}", scheme=SCHEME)


def test_an_sqlite_that_can_lose_commits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_engine.apsw, "sqlite_lib_version", lambda: "3.46.1")
    with pytest.raises(IncompatibleStore, match=r"3\.51\.3"):
        migrate(f"sqlite:///{tmp_path}/store.db", scheme=SCHEME)


def test_sqlite_writes_ahead(sqlite_url):
    connection = apsw.Connection(sqlite_url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    connection.close()


def test_sqlite_syncs_every_commit_but_those_that_wait_for_a_later_one(sqlite_url):
    """In any order, for connections are used again."""
    engine: Engine = open_store(sqlite_url, scheme=SCHEME)._engine
    for _ in range(2):
        assert engine.write(lambda session: session.rows("PRAGMA synchronous"), synced=False) == [(1,)]
        assert engine.write(lambda session: session.rows("PRAGMA synchronous")) == [(2,)]
        assert engine.write(lambda session: session.rows("PRAGMA synchronous"), synced=False) == [(1,)]

        @engine.record
        def _(session):
            assert session.rows("PRAGMA synchronous") == [(2,)]

    engine.close()


def test_a_relative_path_is_taken_from_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    migrate("sqlite:///data/store.db", scheme=SCHEME)
    assert (tmp_path / "data" / "store.db").exists()
