from __future__ import annotations

from pathlib import Path

import apsw
import numpy as np
import pytest
from twicetold.domain.analysis import Learned
from twicetold.domain.cleaning.recurring import OwnBlock
from twicetold.domain.errors import IncompatibleStore, Invalid, Unavailable
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Relation
from twicetold.store.copying import TABLES
from twicetold.store.migrations import migrations
from twicetold.store.open import open_store, restore
from twicetold.usecases.pipeline import Placement, Season
from twicetold.usecases.read_models import ClusterEvent, ClusterFilter, StoryFilter

from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, draft, hashed, keys_of, match, note, probe, publish


@pytest.fixture
def filled(store):
    publish(store, draft("a", "an earlier text"))
    keys = keys_of(store, *(draft(name, f"the river rose {name}", source=f"{name}.example") for name in "abcd"))

    @store.record
    def _(recording):
        recording.save([match(keys[0], keys[1]), match(keys[1], keys[2])])
        event = ClusterEvent(cluster_id="c0", at=NOON, event="merged", other="c1")
        recording.place(
            Placement(moves=dict.fromkeys(keys[:3], "c1"), canonicals={"c1": keys[0]}, at=NOON, events=[event])
        )
        recording.derive([keys[3]], [Derivation(keys[3], keys[0], Relation.REWRITE)])
        recording.give_verdict(keys[0], keys[3], True, note="reworked", given_by=None, at=NOON)
        recording.finish(keys[:2])

    season = Season("a.example", 310)
    learned = Learned(
        blocks=[OwnBlock(5, "Follow us", 4, 2, NOON.date(), NOON.date())], furniture=np.array([hashed("river")])
    )
    number = note(store, season)
    store.record(lambda recording: recording.teach(season, number, learned, b"some stories"))

    store.number_changes()
    return keys


def answers(store, keys):
    return [
        asked(store).stories(StoryFilter(), after=None, limit=10),
        [asked(store).versions(key, limit=9) for key in keys],
        asked(store).candidates([probe("the river rose"), probe("an earlier text")], limit=10),
        asked(store).matches_of(keys, limit=10),
        asked(store).clusters(ClusterFilter(), after=None, limit=10),
        asked(store).cluster("c0"),
        asked(store).events("c0", limit=5),
        asked(store).members("c1", after=None, limit=10),
        asked(store).derived("c1", limit=10),
        asked(store).person_verdicts(limit=10),
        asked(store).sources(after=None, limit=10),
        asked(store).source("a.example"),
        asked(store).unlearned(limit=10),
        asked(store).uncleaned(),
        (asked(store).change_numbers(), asked(store).changes(after=0, limit=99)),
        store.stats().backlog,
        store.stats().matches,
    ]


def test_a_backup_is_a_store_that_gives_the_same_answers(store, filled, tmp_path):
    store.backup(tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path}/copy.db", scheme=SCHEME)
    assert answers(copy, filled) == answers(store, filled)
    assert sorted(path.name for path in tmp_path.glob("copy*") if not path.name.endswith(("-wal", "-shm"))) == [
        "copy.db"
    ]
    copy.close()


def test_a_restored_store_gives_the_same_answers_and_goes_on(store, filled, new_url, tmp_path):
    store.backup(tmp_path / "copy.db")
    restore(tmp_path / "copy.db", new_url, scheme=SCHEME)
    restored = open_store(new_url, scheme=SCHEME)
    assert answers(restored, filled) == answers(store, filled)
    assert keys_of(restored, draft("new"))[0] > max(filled)
    restored.close()


def test_a_backup_never_overwrites_a_file(store, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(Invalid, match="exists already"):
        store.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"no database at all " * 1000])
def test_a_file_that_is_no_backup_is_refused_before_the_store_is_made(new_url, tmp_path, content):
    (tmp_path / "junk.db").write_bytes(content)
    with pytest.raises(Invalid, match="is not a backup"):
        restore(tmp_path / "junk.db", new_url, scheme=SCHEME)
    with pytest.raises(Unavailable, match="twicetold migrate"):
        open_store(new_url, scheme=SCHEME).probe()


def test_a_database_of_another_program_is_no_backup(new_url, tmp_path):
    other = apsw.Connection(str(tmp_path / "other.db"))
    other.execute("CREATE TABLE customers (id)")
    other.close()
    with pytest.raises(Invalid, match="is not a backup"):
        restore(tmp_path / "other.db", new_url, scheme=SCHEME)


def test_a_backup_of_an_older_schema_says_how_to_bring_it_up_to_date(store, new_url, tmp_path):
    store.backup(tmp_path / "copy.db")
    copy = apsw.Connection(str(tmp_path / "copy.db"))
    copy.execute("UPDATE facts SET value = '1' WHERE name = 'schema'")
    copy.close()
    with pytest.raises(IncompatibleStore, match="older schema"):
        restore(tmp_path / "copy.db", new_url, scheme=SCHEME)


def test_a_backup_to_where_no_file_can_be_made_says_why(store):
    with pytest.raises(Invalid, match="no file can be created there: "):
        store.backup(Path("/proc/copy.db"))


def test_a_store_with_stories_is_not_restored_into(store, store_url, filled, tmp_path):
    store.backup(tmp_path / "copy.db")
    with pytest.raises(IncompatibleStore, match=r"the store to restore into (exists already|is not empty)"):
        restore(tmp_path / "copy.db", store_url, scheme=SCHEME)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_copy_takes_every_table_along(engine):
    lines = [line.rstrip(";").split() for step in migrations(engine) for line in step.sql.splitlines()]
    created, dropped = ({words[2] for words in lines if words[:2] == [verb, "TABLE"]} for verb in ("CREATE", "DROP"))
    created -= dropped
    own = {"facts", "counters", "turns", "liveness", "search_words", "unsearched", "change_numbers"} | {
        table for table in created if table.startswith(("posting", "index"))
    }
    assert created - own == {table.name for table in TABLES}
