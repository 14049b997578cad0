"""A store in one SQLite file, for the threads of several processes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import apsw

from twicetold.domain.errors import Unavailable
from twicetold.store.migrations import (
    Migration,
    Tell,
    check_current,
    check_finished,
    check_settings,
    saved_facts,
    upgrade,
)
from twicetold.store.port import Session
from twicetold.store.queries.liveness import write_and_read
from twicetold.store.sqlite import backups
from twicetold.store.sqlite.checkpoints import Checkpoints
from twicetold.store.sqlite.compactor import Compactor
from twicetold.store.sqlite.connecting import connect, has_facts
from twicetold.store.sqlite.failures import told_as_unavailable, unusable
from twicetold.store.sqlite.files import Acknowledged, FileId, StoreFiles, create, displaced, shut_out_others
from twicetold.store.sqlite.index import manifest
from twicetold.store.sqlite.index.compaction import Compaction, alone, compact
from twicetold.store.sqlite.index.view import ViewCache, damaged_segments
from twicetold.store.sqlite.lock import WriterLock
from twicetold.store.sqlite.session import SqliteSession
from twicetold.usecases.ports import Progress

T = TypeVar("T")

_log = logging.getLogger(__name__)

_WAIT_SECONDS = 15.0
_MIGRATION_SECONDS = 3600.0
"""How long a process waits for another that migrates: building an index anew takes minutes for a million stories."""


_NO_STORE = "the store does not exist yet; run `twicetold migrate` first"


class _Opened(NamedTuple):
    connection: apsw.Connection
    files: StoreFiles


class SqliteEngine:
    """Implements `store.session.Engine`.

    Connections are opened on first use in a process, so never before a fork, and lent to one transaction at a time.
    Reads run beside the one writer (write-ahead log).
    """

    def __init__(
        self,
        path: Path,
        *,
        scheme: str,
        migrations: list[Migration],
        wait: float = _WAIT_SECONDS,
        any_settings: bool = False,
        importing: bool = False,
    ) -> None:
        self.path = path
        self.scheme = scheme
        self._any_settings = any_settings
        self._importing = importing
        self._migrations = migrations
        self._wait = wait
        self._cache = ViewCache(path)
        self._compactor = Compactor(path)
        self._lock = WriterLock(path, timeout=wait)
        self._checkpoints = Checkpoints(self._connect, self._lock)
        self._pid = os.getpid()
        self._acknowledged = Acknowledged(path)
        self._database: FileId | None = None
        self._idle: list[_Opened] = []
        self._inherited: list[_Opened] = []

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that reads one snapshot."""
        with self._transaction("BEGIN") as session:
            yield session

    def record(self, work: Callable[[Session], T]) -> T:
        """Run work in a write transaction; under the writer lock nothing else is held."""
        with self._writing() as session:
            return work(session)

    @contextmanager
    def _writing(self, *, synced: bool = True) -> Iterator[SqliteSession]:
        level = "FULL" if synced else "NORMAL"
        with self._lock.held():
            with self._transaction(f"PRAGMA synchronous = {level}; BEGIN IMMEDIATE", writes=True) as session:
                yield session
                stories = self._stories(session) if synced else 0
            if synced:  # this commit's sync was that of all before it
                self._acknowledged.write(stories)

    @staticmethod
    def _stories(session: Session) -> int:
        ((stories,),) = session.rows("SELECT value FROM counters WHERE name = 'stories'")
        return int(stories)

    def write(self, work: Callable[[Session], T], *, synced: bool = True) -> T:
        """Run work in a write transaction; under the writer lock nothing needs a second try.

        Syncing the log for one commit syncs all that were written before, by whatever process; and only a fall of the
        machine loses what was written, this caller with it. So the earlier of two commits need not be synced itself.
        """
        with self._writing(synced=synced) as session:
            done = work(session)
            flush = session.postings.written and session.postings.flush_due
        if flush:
            self._compactor.start()
        return done

    @contextmanager
    def _transaction(self, begin: str, *, writes: bool = False) -> Iterator[SqliteSession]:
        with told_as_unavailable():
            opened = self._borrow()
            connection = opened.connection
            try:
                opened.files.require(self.path)
                connection.execute(begin)
                yield SqliteSession(connection, self._cache)
                connection.execute("COMMIT")
                if writes:
                    opened.files.require(self.path)
            except apsw.Error:
                connection.close(True)
                raise
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._idle.append(opened)
                raise
            self._idle.append(opened)

    def _borrow(self) -> _Opened:
        if self._pid != os.getpid():
            # Closing a connection of the parent here could touch its log: leave them be.
            self._inherited, self._idle, self._pid = self._idle, [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> _Opened:
        before = StoreFiles.at(self.path).database
        if before is None and self._database is None:
            raise Unavailable(_NO_STORE)
        if self._database not in (None, before):
            raise displaced()
        connection = self._connect()
        try:
            facts = saved_facts(SqliteSession(connection, self._cache), exists=has_facts(connection))
            if not self._any_settings:
                check_settings(facts, self.scheme)
            if not self._importing:
                check_finished(facts)
            check_current(facts, self._migrations)
            files = StoreFiles.at(self.path)
            if files.database != before:
                raise displaced()
        except BaseException:
            connection.close(True)
            raise
        self._database = files.database
        return _Opened(connection, files)

    def _connect(self) -> apsw.Connection:
        connection = connect(self.path, wait=self._wait)
        self._checkpoints.watch(connection)
        return connection

    def make_directory(self) -> None:
        """Create the directory of the file."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unusable("directory cannot be created", error) from error

    def _make_file(self) -> None:
        try:
            create(self.path)
        except OSError as error:
            raise unusable("file cannot be created", error) from error

    def migrate(self, tell: Tell = _log.info) -> list[str]:
        """Create the store or bring it up to date; returns the names of the migrations that ran."""
        self.make_directory()
        with told_as_unavailable(), self._lock.held(timeout=_MIGRATION_SECONDS):
            self._make_file()
            connection = self._connect()
            try:
                connection.execute("BEGIN IMMEDIATE")
                session = SqliteSession(connection, self._cache)
                facts = saved_facts(session, exists=has_facts(connection))
                if not self._any_settings:
                    check_settings(facts, self.scheme)
                if not self._importing:
                    check_finished(facts)
                names = upgrade(session, facts, self._migrations, self.scheme, tell)
                connection.execute("COMMIT")
                stories = self._stories(session)
            finally:
                connection.close(True)
        with told_as_unavailable():
            compact(self.path, progress=lambda done, of: tell(f"indexed {done:,} of {of:,} stories"))
        shut_out_others(self.path)
        if stories < (told := self._acknowledged.read()):
            _log.error(
                "the store holds %d stories, but %d were acknowledged: part of it is lost; see `twicetold verify`",
                stories,
                told,
            )
        return names

    def compact(self) -> None:
        """Start a compaction if one is due."""
        with self._transaction("BEGIN") as session:
            due = session.postings.flush_due
        if due:
            self._compactor.start()

    def reindex(self, progress: Progress) -> None:
        """Make all segments of the index anew, while look-ups go on in those there are."""
        with told_as_unavailable(), alone(self.path) as mine:
            if not mine:
                raise Unavailable("the index is being compacted just now; try again in a minute", retry_after=60)
            Compaction(self.path, progress=progress).rebuild()

    def resolve(self) -> None:
        """Nothing is ever left in doubt."""

    def bytes(self) -> int:
        """The database with its log and its index."""
        paths = [
            self.path,
            self.path.with_name(self.path.name + "-wal"),
            *manifest.folder_of(self.path).glob("*.segment"),
        ]
        return sum(_size(path) for path in paths)

    def counts(self) -> tuple[int, int, int]:
        """Kept up to date by triggers."""
        with self.reading() as session:
            counters: dict[str, int] = dict(session.rows("SELECT name, value FROM counters"))
        return counters["stories"], counters["clusters"], counters["matches"]

    def faults(self) -> list[str]:
        """SQLite's own check of all pages, the files of the index, and whether acknowledged stories are missing."""
        with self._transaction("BEGIN") as session:
            found = [f"SQLite says: {text}" for (text,) in session.rows("PRAGMA integrity_check") if text != "ok"]
            damaged = list(damaged_segments(self.path, session.connection))
            stories = self._stories(session)
        with self._transaction("BEGIN") as session:  # a file that was merged meanwhile is deleted after a minute
            named = manifest.segment_names(session.connection)
        found += [
            f"the file {name} of the index is damaged or missing; run `twicetold reindex`"
            for name in damaged
            if name in named
        ]
        told = self._acknowledged.read()
        lost = [f"the store holds {stories} stories, but {told} were acknowledged"] if stories < told else []
        return found + lost

    def backup(self, target: Path) -> None:
        """SQLite's online backup: writers go on meanwhile, the copy is of one moment."""
        part = target.with_name(target.name + ".part")
        backups.refuse_existing(target, part)
        with told_as_unavailable():
            source = self._open().connection
            try:
                backups.copy(source, part)
            finally:
                source.close(True)
        SqliteEngine(part, scheme=self.scheme, migrations=self._migrations).finish_as(target)

    def check_backup(self) -> None:
        """Raise `Invalid` unless the file is a backup, `IncompatibleStore` unless it fits this program."""
        backups.check(self.path, self.scheme, self._migrations)

    def finish_as(self, target: Path) -> None:
        """Make a store that nobody else has open one synced file, and give it its name."""
        self.close()
        backups.finish(self.path)
        self.path.rename(target)
        self._lock.remove()
        self._acknowledged.remove()

    def probe(self) -> None:
        """Write and read over a connection of the pool, and look the facts up over a fresh one, which has no cache."""
        with told_as_unavailable():
            self._open().connection.close()
        with self._writing(synced=False) as session:
            write_and_read(session)

    def close(self) -> None:
        """Close idle connections; one that is lent out closes when it comes back to no one."""
        if self._pid == os.getpid():
            self._checkpoints.finish()
            self._compactor.finish()
            while self._idle:
                opened = self._idle.pop()
                if opened.files == StoreFiles.at(self.path):  # else closing could touch what stands in their place
                    opened.connection.close(True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # a segment that was merged meanwhile
        return 0
