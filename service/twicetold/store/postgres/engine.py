"""A store in PostgreSQL, for the service nodes of several machines."""

from __future__ import annotations

import logging
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import LiteralString, TypeVar

import psycopg
from psycopg import IsolationLevel, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from twicetold.domain.errors import IncompatibleStore, Invalid, Unavailable
from twicetold.store.copying import copy_store
from twicetold.store.migrations import (
    Migration,
    Tell,
    check_current,
    check_finished,
    check_settings,
    migrations,
    saved_facts,
    upgrade,
)
from twicetold.store.port import Connections, Row, Session
from twicetold.store.postgres.arrays import adapters
from twicetold.store.postgres.compactor import Compactor
from twicetold.store.postgres.connections import StoreConnection, configure, settle_transaction
from twicetold.store.postgres.distributing import bytes_of_workers, distribute, is_distributed, recover
from twicetold.store.postgres.index.compaction import FLUSH_AT, Compaction
from twicetold.store.postgres.index.view import ViewCache
from twicetold.store.postgres.locks import Contended, RowLocks, Rows
from twicetold.store.postgres.session import PostgresSession
from twicetold.store.postgres.storage import keep_wide_columns_in_rows
from twicetold.store.queries.liveness import write_and_read
from twicetold.store.sqlite.backups import refuse_existing
from twicetold.store.sqlite.engine import SqliteEngine

T = TypeVar("T")

_log = logging.getLogger(__name__)
logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # its warnings name the server's address

_CONNECT_SECONDS = 5
_BORROW_SECONDS = 5.0
_RECONNECT_SECONDS = 3.0
"""After which the pool gives a lost connection up; the next request asks for a new one at once. Its pauses between
tries double, so more patience would find a server that was away for half a minute up to 16 seconds late."""
_TELLING = (
    "password authentication failed", "no password supplied", "no pg_hba.conf entry", "permission denied",
    "database does not exist", "role does not exist", "Connection refused", "No such file or directory",
    "failed to resolve host", "timeout expired", "too many clients", "remaining connection slots are reserved",
    "the database system is starting up", "the database system is shutting down", "server closed the connection",
    "read-only transaction", "SSL", "statement timeout", "couldn't get a connection", "invalid port number",
)  # fmt: skip
"""What libpq and the server say of failures, without the names they quote."""
_TRIES = 6
_TOGETHER = 3
"""Times that a transaction is begun anew beside others, with what it then knows that it needs; after that, alone."""
_FIRST_PAUSE = 0.01
"""Seconds before a transaction that lost against another one is tried again; doubles, with jitter."""
_COUNTED_EXACTLY = 50_000
"""Rows that a scrape may count; beyond, the planner's estimate is near enough."""


class PostgresEngine:
    """Implements `store.session.Engine`.

    The pool is made on first use in a process, so never before a fork. Connections are checked when lent, so that a
    restarted server is found again without an error. Behind a pooler, as PgBouncer, each transaction may be another
    server's, so it brings its settings along, and nothing is prepared unless that is asked for.
    """

    def __init__(
        self,
        url: str,
        *,
        scheme: str,
        migrations: list[Migration],
        connections: Connections,
        any_settings: bool = False,
        importing: bool = False,
    ) -> None:
        try:
            given = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # The cause quotes the URL, password and all.
            raise Invalid("TWICETOLD_STORE_URL is not a valid PostgreSQL URL") from None
        given.setdefault("connect_timeout", _CONNECT_SECONDS)
        given.setdefault("application_name", "twicetold")
        self._conninfo = make_conninfo("", **given)
        self.scheme = scheme
        self._any_settings = any_settings
        self._importing = importing
        self._migrations = migrations
        self._limits = connections
        self._adapters = adapters()
        self._views = ViewCache()
        self._compactor = Compactor(self.compact)
        self._pid = os.getpid()
        self._opening = threading.Lock()
        self._pool: ConnectionPool[StoreConnection] | None = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that reads one snapshot."""
        with self._transaction(IsolationLevel.REPEATABLE_READ, read_only=True) as session:
            yield session

    def record(self, work: Callable[[Session], T]) -> T:
        """Run work in a write transaction beside others, again where it meets one; see `queries.places`."""

        def once(first: Rows, alone: bool) -> T:
            with self._transaction(IsolationLevel.READ_COMMITTED) as session:
                session.locks = locks = RowLocks(session.connection, first, alone=alone)
                locks.begin()
                return work(session)

        return _again_where_contended(once)

    def write(self, work: Callable[[Session], T], *, synced: bool = True) -> T:
        """Run work in a write transaction, again when it lost against another one.

        Always synced: the server can crash and come back between two transactions of a caller that lives on, who would
        not notice what it has lost.
        """
        del synced

        def once(first: Rows, alone: bool) -> T:
            with self._transaction(IsolationLevel.READ_COMMITTED) as session:
                session.locks = RowLocks(session.connection, first, alone=alone)
                done = work(session)
            if self._views.entered(session.postings.entered) >= FLUSH_AT:
                self._compactor.start()
            return done

        return _again_where_contended(once)

    def compact(self) -> None:
        """Flush and merge what is due, unless another process is at it."""
        Compaction(self._connecting).run()
        with self._transaction(IsolationLevel.REPEATABLE_READ, read_only=True) as session:
            self._views.view(session.connection, committed=True)

    @contextmanager
    def _connecting(self) -> Iterator[psycopg.Connection[Row]]:
        with self._transaction(IsolationLevel.READ_COMMITTED) as session:
            yield session.connection

    @contextmanager
    def _transaction(self, level: IsolationLevel, *, read_only: bool = False) -> Iterator[PostgresSession]:
        with _told_as_unavailable(), self._opened().connection() as connection:
            connection.isolation_level = level
            connection.read_only = read_only
            if connection.pooled:
                settle_transaction(connection)
            yield PostgresSession(connection, self._views)

    def _opened(self) -> ConnectionPool[StoreConnection]:
        if self._pid != os.getpid():
            # The parent's connections are not ours to close.
            self._pid, self._pool, self._opening = os.getpid(), None, threading.Lock()
        if self._pool is None:
            with self._opening:
                if self._pool is None:
                    with self._connect() as connection:
                        self._check(connection)
                    self._pool = ConnectionPool(
                        self._conninfo,
                        connection_class=StoreConnection,
                        min_size=1,
                        max_size=self._limits.most,
                        timeout=_BORROW_SECONDS,
                        open=True,
                        max_idle=300,
                        reconnect_timeout=_RECONNECT_SECONDS,
                        configure=self._configure,
                        check=ConnectionPool.check_connection,
                        name="store",
                        kwargs={"context": self._adapters},
                    )
        return self._pool

    def _connect(self) -> StoreConnection:
        connection = StoreConnection.connect(self._conninfo, context=self._adapters)
        self._configure(connection)
        if connection.pooled:
            settle_transaction(connection)
        return connection

    def _configure(self, connection: StoreConnection) -> None:
        configure(connection, prepare=self._limits.prepare)

    def probe(self) -> None:
        """Write and read over a connection of the pool: that a server has none to spare is no fault of its store."""
        with self._transaction(IsolationLevel.READ_COMMITTED) as session:
            self._check(session.connection)
            write_and_read(session)

    def _check(self, connection: StoreConnection) -> None:
        facts = saved_facts(PostgresSession(connection, self._views), exists=_has_facts(connection))
        if not self._any_settings:
            check_settings(facts, self.scheme)
        if not self._importing:
            check_finished(facts)
        check_current(facts, self._migrations)

    def migrate(self, tell: Tell = _log.info) -> list[str]:
        """Create the store or bring it up to date; returns the names of the migrations that ran."""
        with _told_as_unavailable():
            for _ in range(_TRIES):
                with suppress(errors.DuplicateTable, errors.DuplicateObject, errors.UniqueViolation):
                    names = self._migrate_once(tell)
                    break  # otherwise another start created the tables first; look again
            else:
                names = self._migrate_once(tell)
        Compaction(self._connecting, progress=lambda done, of: tell(f"indexed {done:,} of {of:,} stories")).run()
        return names

    def _migrate_once(self, tell: Tell) -> list[str]:
        with self._connect() as connection:
            session = PostgresSession(connection, self._views)
            exists = _has_facts(connection)
            if exists:
                # Steps after the first take turns on this row.
                session.run("SELECT 1 FROM facts WHERE name = 'schema' FOR UPDATE")
            facts = saved_facts(session, exists=exists)
            if not self._any_settings:
                check_settings(facts, self.scheme)
            if not self._importing:
                check_finished(facts)
            names = upgrade(session, facts, self._migrations, self.scheme, tell)
            if not exists:
                keep_wide_columns_in_rows(connection)
            if names and is_distributed(connection):
                distribute(connection)  # what new steps made
            return names

    def distribute(self) -> list[str]:
        """Spread the large tables over the nodes of Citus; returns those that were moved."""
        with _told_as_unavailable(), self._connect() as connection:
            self._check(connection)
            return distribute(connection)

    def resolve(self) -> datetime | None:
        """See `store.port.Engine`: a node that was lost between the two phases of a commit leaves it in doubt."""
        with self._connecting() as connection:
            return recover(connection) if is_distributed(connection) else None

    def bytes(self) -> int:
        """The database as the server counts it, on all nodes of a distributed one that answer."""
        with self._transaction(IsolationLevel.REPEATABLE_READ, read_only=True) as session:
            ((size,),) = session.rows("SELECT pg_database_size(current_database())")
            return int(size) + bytes_of_workers(session.connection)

    def counts(self) -> tuple[int, int, int]:
        """Exact while small, then the planner's estimates."""
        with self.reading() as session:
            stories, clusters, matches = (_count(session, table) for table in ("stories", "clusters", "matches"))
        return stories, clusters, matches

    def faults(self) -> list[str]:
        """Nothing: PostgreSQL checks the pages it reads where it was set up with checksums, and says so itself."""
        return []

    def backup(self, target: Path) -> None:
        """Copy one snapshot into a SQLite store."""
        part = target.with_name(target.name + ".part")
        refuse_existing(target, part)
        copy = SqliteEngine(part, scheme=self.scheme, migrations=migrations("sqlite"))
        copy.migrate()
        try:
            with self.reading() as session:
                copy_store(session, copy.write)
            copy.finish_as(target)
        finally:
            copy.close()

    def restore(self, backup: SqliteEngine) -> None:
        """Fill a new, migrated store from a backup."""
        with self.reading() as session:
            if session.rows("SELECT 1 FROM stories LIMIT 1"):
                raise IncompatibleStore(
                    "the store to restore into is not empty; name a new database in TWICETOLD_STORE_URL"
                )
        with backup.reading() as source, self._transaction(IsolationLevel.READ_COMMITTED) as target:
            # One transaction: a restore that fails leaves the store empty.
            copy_store(source, lambda work: work(target))
        Compaction(self._connecting).run()

    def reindex(self, progress: Callable[[int, int], None]) -> None:
        """Make all runs of the index anew, while look-ups go on in those there are."""
        if not Compaction(self._connecting, progress=progress).rebuild():
            raise Unavailable("the index is being compacted just now; try again in a minute", retry_after=60)

    def close(self) -> None:
        """Close the pool, waiting for connections that are lent out."""
        if self._pool is not None and self._pid == os.getpid():
            self._compactor.finish()
            self._pool.close()
            self._pool = None


def _again_where_contended(once: Callable[[Rows, bool], T]) -> T:
    """Run a transaction until it does not lose against another one, TOGETHER times beside others, then alone."""
    rows = Rows()
    for attempt in range(1, _TRIES):
        try:
            return once(rows, attempt > _TOGETHER)
        except Contended as met:
            rows = Rows(met.rows.clusters | rows.clusters, met.rows.stories | rows.stories)
        except Unavailable as error:
            if not isinstance(error.__cause__, errors.SerializationFailure | errors.DeadlockDetected):
                raise
            _log.info("a transaction lost against another one and is tried again")
            time.sleep(_FIRST_PAUSE * 2**attempt * _jitter())
    return once(rows, True)


def _jitter() -> float:
    return random.random()  # noqa: S311  # spreads retries, guards no secret


def _count(session: Session, table: LiteralString) -> int:
    sql = f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT :most) some_rows"
    ((counted,),) = session.rows(sql, most=_COUNTED_EXACTLY)
    if counted < _COUNTED_EXACTLY:
        return int(counted)
    ((estimated,),) = session.rows("SELECT reltuples::bigint FROM pg_class WHERE oid = :name::regclass", name=table)
    return max(int(estimated), int(counted))


def _has_facts(connection: psycopg.Connection[Row]) -> bool:
    return connection.execute("SELECT to_regclass('facts') IS NOT NULL").fetchall() == [(True,)]


def _cause(error: Exception) -> str:
    """What of an error helps its operator; the rest of libpq's messages names hosts, users and databases."""
    said = re.sub(r' "[^"]*"', "", str(error))
    return next((phrase for phrase in _TELLING if phrase in said), type(error).__name__)


@contextmanager
def _told_as_unavailable() -> Iterator[None]:
    """Turns what the server or the network did into `Unavailable`; mistakes in SQL stay what they are."""
    try:
        yield
    except errors.DiskFull as error:
        raise Unavailable("the store's disk is full; free some space and try again", retry_after=30) from error
    except (errors.LockNotAvailable, errors.SerializationFailure, errors.DeadlockDetected) as error:
        raise Unavailable("the store is busy with other writers; try again in a moment") from error
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.InternalError,  # a session that was ended for idling, a node of a distributed server that is lost
        errors.FeatureNotSupported,  # so does Citus say that a node is lost that it meant to ask
        errors.ReadOnlySqlTransaction,
    ) as error:
        _log.warning("the store's database failed: %s", _cause(error))
        # The cause names the server's address, which belongs in no log.
        raise Unavailable("the store's database does not answer; try again in a moment", retry_after=5) from None
