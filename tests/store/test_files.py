"""What an SQLite store does when something happens to its files."""

from __future__ import annotations

import shutil
import stat
import time
from pathlib import Path

import pytest
from twicetold.domain.errors import Unavailable
from twicetold.store.open import migrate, open_store, restore
from twicetold.store.sqlite.files import Acknowledged

from tests.store.conftest import SCHEME
from tests.store.samples import asked, delete, draft, keys_of, publish, save


@pytest.fixture
def path(sqlite_url) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def used(sqlite_url):
    """A store of which a connection is open and waits for its next transaction."""
    opened = open_store(sqlite_url, scheme=SCHEME)
    publish(opened, draft("before"))
    yield opened
    opened.close()


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").rename(path)


@pytest.mark.parametrize(
    "happen",
    [
        Path.unlink,
        lambda path: path.rename(path.with_name("elsewhere")),
        replaced,
        lambda path: path.with_name("store.db-wal").unlink(),
    ],
    ids=["removed", "moved", "replaced", "log removed"],
)
def test_a_store_whose_files_went_is_refused_to_writers_and_readers(used, path, happen):
    happen(path)
    with pytest.raises(Unavailable, match="moved, replaced or removed"):
        publish(used, draft("after"))
    with pytest.raises(Unavailable, match="moved, replaced or removed"):
        asked(used).story("before")
    with pytest.raises(Unavailable, match="moved, replaced or removed"):
        used.probe()


def test_a_store_that_was_put_back_goes_on(used, path):
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(Unavailable):
        publish(used, draft("meanwhile"))
    path.with_name("elsewhere").rename(path)
    publish(used, draft("after"))
    assert [asked(used).story(name) is None for name in ("before", "meanwhile", "after")] == [False, True, False]


def test_what_is_written_while_the_file_goes_is_not_acknowledged(used, path):
    with pytest.raises(Unavailable, match="moved, replaced or removed"):
        used._engine.write(lambda session: path.unlink())
    assert not path.exists()


def test_a_file_that_was_removed_is_not_made_anew_by_whoever_copies_the_log(used, path):
    path.unlink()
    used._engine._checkpoints.finish()
    assert not path.exists()


def test_nobody_but_its_owner_may_read_a_store_or_a_backup(used, path, tmp_path):
    used.backup(tmp_path / "copy.db")
    names = ("store.db", "store.db-wal", "store.db-shm", "copy.db")
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names} == {0o600}


def test_migrating_takes_the_rights_of_others_on_a_store_of_an_earlier_version(sqlite_url, path):
    path.chmod(0o644)
    migrate(sqlite_url, scheme=SCHEME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_the_file_alone_holds_a_story_some_seconds_after_it_was_stored(used, path, tmp_path):
    deadline = time.monotonic() + 60
    found = None
    while found is None:
        assert time.monotonic() < deadline
        (tmp_path / "alone").mkdir()
        shutil.copy(path, tmp_path / "alone" / "store.db")
        alone = open_store(f"sqlite:///{tmp_path}/alone/store.db", scheme=SCHEME)
        try:
            found = asked(alone).story("before")
        except Unavailable:  # nothing was copied yet
            time.sleep(0.2)
        alone.close()
        shutil.rmtree(tmp_path / "alone")


def test_stories_that_were_acknowledged_are_counted_with_each_recording_and_each_deletion(used, path):
    first, second, third = keys_of(used, draft("a"), draft("b"), draft("c"))
    save(used)
    assert Acknowledged(path).read() == 4
    delete(used, first, second, third)
    assert Acknowledged(path).read() == 1


def test_a_store_that_holds_less_than_it_acknowledged_says_so_at_the_next_start(sqlite_url, path, caplog):
    migrate(sqlite_url, scheme=SCHEME)
    assert not caplog.messages
    Acknowledged(path).write(7)
    migrate(sqlite_url, scheme=SCHEME)
    (message,) = caplog.messages
    assert "holds 0 stories, but 7 were acknowledged" in message


def test_restoring_starts_the_count_anew(used, path, tmp_path, caplog):
    save(used)
    used.backup(tmp_path / "copy.db")
    used.close()
    path.unlink()
    Acknowledged(path).write(7)
    restore(tmp_path / "copy.db", f"sqlite:///{path}", scheme=SCHEME)
    migrate(f"sqlite:///{path}", scheme=SCHEME)
    assert not caplog.messages
