"""A store and a backup that the first edition wrote: three stories, one of them in two versions."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from twicetold.store.migrations import migrations
from twicetold.store.open import migrate, open_store, restore
from twicetold.store.port import Connections, Session
from twicetold.store.postgres.engine import PostgresEngine
from twicetold.store.queries.indexing import pack_postings
from twicetold.store.queries.rows import StoryRow, pack_body, pack_kinds, pack_words, postings_of, story_row
from twicetold.usecases.pipeline import Outcome

from tests.store.samples import NOON, asked, draft, publish

WRITTEN = Path(__file__).parent / "first_edition"
SCHEME = "minhash=affine32/128 seed=1 bands=32x4 shingle=3 winnow=5/16 normaliser=2 secret=none"


def unpacked(name: str, target: Path) -> Path:
    target.write_bytes(gzip.decompress((WRITTEN / f"{name}.db.gz").read_bytes()))
    return target


def check(url: str) -> None:
    """Everything is there, and stories can be changed and added."""
    store = open_store(url, scheme=SCHEME)
    reads = asked(store)
    wire, copy, orchard = (reads.story(name) for name in ("wire", "copy", "orchard"))
    assert (wire.cluster.size, copy.cluster.id) == (2, wire.cluster.id)
    assert [found.story_id for found in reads.matches(wire.key, limit=5).items] == ["copy"]
    assert [version.version for version in reads.versions(orchard.key, limit=5)] == [1, 2]
    (changed,) = publish(store, draft("orchard", "the frost spared the late trees"))
    assert (changed.outcome, changed.story.version) == (Outcome.CHANGED, 3)
    assert [version.version for version in reads.versions(orchard.key, limit=5)] == [1, 2, 3]
    store.close()


def test_a_store_of_the_first_edition_opens_after_migrating(tmp_path: Path):
    path = unpacked("store", tmp_path / "store.db")
    assert migrate(f"sqlite:///{path}", scheme=SCHEME)
    check(f"sqlite:///{path}")


def test_a_backup_of_the_first_edition_is_restored_after_migrating(new_url: str, tmp_path: Path):
    path = unpacked("backup", tmp_path / "copy.db")
    migrate(f"sqlite:///{path}", scheme=SCHEME)
    restore(path, new_url, scheme=SCHEME)
    check(new_url)


LATER_COLUMNS = ("draw", "origin")
"""Of `stories`; the first edition had none of them."""


def store_one(session: Session) -> None:
    """Write a story as the first edition did."""
    one = draft("a")
    row = story_row(1, one, one.story, changed_at=NOON, cluster_id=None)
    session.insert("story_ids", "id, key", [("a", *session.new_keys(1))])
    names = [name for name in StoryRow._fields if name not in LATER_COLUMNS]
    session.insert("stories", ", ".join(names), [[getattr(row, name) for name in names]])
    session.insert("bodies", "key, body", [(1, pack_body(one.story))])
    made = one.fingerprint
    session.insert("evidence", "key, words, kinds", [(1, pack_words(made.words), pack_kinds(made.kinds))])
    session.insert("story_postings", "key, postings", [(1, pack_postings(postings_of(one)))])


def test_a_postgresql_store_of_the_first_edition_opens_after_migrating(empty_postgres: str):
    first = migrations("postgres")[:3]
    engine = PostgresEngine(empty_postgres, scheme=SCHEME, migrations=first, connections=Connections(most=4))
    engine._migrate_once(print)  # without an index, which this version had not
    engine.write(store_one)
    engine.close()
    assert migrate(empty_postgres, scheme=SCHEME)
    store = open_store(empty_postgres, scheme=SCHEME)
    (changed,) = publish(store, draft("a", "another text came in its place"))
    assert changed.story.version == 2
    store.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_migrations_are_numbered_without_gaps(engine: str):
    assert [step.number for step in migrations(engine)] == list(range(1, 1 + len(migrations(engine))))
