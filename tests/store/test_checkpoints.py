from __future__ import annotations

import threading

import apsw
import pytest
from twicetold.store.sqlite.checkpoints import Checkpoints
from twicetold.store.sqlite.lock import WriterLock

PAGE = 4096
COPIED_AT = 20


class Database:
    """A database whose log is copied at COPIED_AT pages."""

    def __init__(self, path):
        self.path = path
        self.lock = WriterLock(path, timeout=15)
        self.checkpoints = Checkpoints(self.connect, self.lock, copied_at=COPIED_AT)
        self.connection = self.connect()
        self.connection.execute("CREATE TABLE written (id INTEGER PRIMARY KEY, data BLOB)")

    def connect(self):
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(15_000)
        connection.execute("PRAGMA journal_mode = WAL")
        self.checkpoints.watch(connection)
        return connection

    def write(self, pages, connection=None):
        with self.lock.held():
            (connection or self.connection).execute("INSERT INTO written (data) VALUES (zeroblob(?))", (pages * PAGE,))

    def log_pages(self):
        return self.connection.wal_checkpoint()[0]

    def in_file(self):
        """Rows that the file holds without its log."""
        alone = apsw.Connection(f"file:{self.path}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            return alone.execute("SELECT count(*) FROM written").fetchall()[0][0]
        except apsw.SQLError:
            return 0
        finally:
            alone.close()

    def rows(self):
        return self.connection.execute("SELECT count(*) FROM written").fetchall()[0][0]


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "written.db")
    yield database
    database.checkpoints.finish()
    database.connection.close()


def nowhere():
    raise apsw.CantOpenError


def test_a_log_grown_long_is_copied_so_that_the_next_write_starts_it_afresh(database):
    database.write(COPIED_AT)
    database.checkpoints.finish()
    database.write(1)
    assert database.log_pages() < COPIED_AT


def test_a_short_log_is_left_alone_at_first(database):
    for _ in range(3):
        database.write(1)
    assert database.in_file() == 0


def test_a_short_log_is_copied_some_time_after_a_commit(database):
    database.connection.set_wal_hook(None)
    checkpoints = Checkpoints(database.connect, database.lock, copied_at=COPIED_AT, copied_after=0.01)
    checkpoints.watch(database.connection)
    database.write(1)
    checkpoints._running.join()
    assert database.in_file() == 1


def test_what_is_in_the_log_is_copied_at_the_end(database):
    database.write(1)
    database.checkpoints.finish()
    assert database.in_file() == 1


def test_a_log_that_nobody_copied_in_time_is_copied_by_its_writer(database):
    database.connection.set_wal_hook(None)
    Checkpoints(nowhere, database.lock, copied_at=COPIED_AT).watch(database.connection)
    database.write(2 * COPIED_AT)
    database.write(1)
    assert database.path.stat().st_size < COPIED_AT * PAGE
    database.write(2 * COPIED_AT)
    database.write(1)
    assert database.log_pages() < COPIED_AT


def test_a_commit_stands_where_no_thread_is_to_be_had(database, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    database.write(COPIED_AT)
    assert database.rows() == 1


def test_a_commit_stands_where_the_log_cannot_be_copied(database):
    Checkpoints(nowhere, database.lock, copied_at=COPIED_AT).watch(database.connection)
    database.write(COPIED_AT)
    assert database.rows() == 1


def test_a_log_stays_short_and_whole_under_several_writers(database):
    longest = []

    def keep_writing():
        connection = database.connect()
        for _ in range(100):
            database.write(2, connection)
            longest.append(connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[0])
        connection.close()

    writers = [threading.Thread(target=keep_writing) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    database.checkpoints.finish()
    assert database.rows() == 400
    assert max(longest) < 20 * COPIED_AT  # of 1,200 pages written; a reader may put a fresh start off for a while
    assert database.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
