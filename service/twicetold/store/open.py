"""Stores by URL."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold.domain.errors import IncompatibleStore, Invalid
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.store.importing import Importing
from twicetold.store.migrations import migrations
from twicetold.store.port import Connections
from twicetold.store.sqlite.engine import SqliteEngine
from twicetold.store.sqlite.files import Acknowledged
from twicetold.store.store import SqlStore
from twicetold.usecases.ports import Store

if TYPE_CHECKING:
    from twicetold.store.postgres.engine import PostgresEngine

_log = logging.getLogger(__name__)

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")

_EARLIEST = CanonicalPolicy()
_FEW = Connections(most=4)
"""For a command: its own, and what compaction of the index holds at a time."""


def open_store(
    url: str,
    *,
    scheme: str,
    policy: CanonicalPolicy = _EARLIEST,
    connections: Connections | None = None,
    any_settings: bool = False,
) -> Store:
    """The store at a URL: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`.

    Connects on first use only, so a server may call this before it forks. `scheme` names everything that fingerprints
    depend on. A store made by another version is only read until they are made anew; one made with another seed or
    secret raises `IncompatibleStore` on first use, unless `any_settings` says that these are to be changed. `policy`
    tells which story of a cluster is canonical, `connections` how a database server is reached. Raises `Invalid` for a
    URL of another kind.
    """
    return SqlStore(_engine(url, scheme, connections or Connections(), any_settings=any_settings), policy)


def migrate(
    url: str,
    *,
    scheme: str,
    tell: Callable[[str], None] = _log.info,
    any_settings: bool = False,
) -> list[str]:
    """Create the store or bring it up to date, once under concurrent calls; returns the names of the steps that ran.

    `tell` hears how far it is. Raises `IncompatibleStore` for a store with a newer schema, or another seed or secret.
    """
    engine = _engine(url, scheme, _FEW, any_settings=any_settings)
    try:
        return engine.migrate(tell)
    finally:
        engine.close()


def distribute(url: str, *, scheme: str) -> list[str]:
    """Spread the large tables of a store over the nodes of Citus; returns the tables that were moved.

    Raises `IncompatibleStore` where the store is not one of Citus.
    """
    engine = _engine(url, scheme, _FEW)
    try:
        if isinstance(engine, SqliteEngine):
            raise IncompatibleStore(
                "only a store in PostgreSQL can be distributed; move it with backup and restore first"
            )
        return engine.distribute()
    finally:
        engine.close()


def restore(backup: Path, url: str, *, scheme: str) -> None:
    """Fill a new store at `url` from a file that `Store.backup` wrote.

    Raises `IncompatibleStore` where the store exists or holds stories already, and for a backup of another scheme;
    `Invalid` for a file that is not a backup.
    """
    source = SqliteEngine(backup, scheme=scheme, migrations=migrations("sqlite"))
    target = _engine(url, scheme, _FEW)
    try:
        source.check_backup()
        if isinstance(target, SqliteEngine):
            if target.path.exists():
                raise IncompatibleStore(
                    "the store to restore into exists already; name a new one in TWICETOLD_STORE_URL"
                )
            target.make_directory()
            source.backup(target.path)
            Acknowledged(target.path).remove()  # of a store that was here before
            return
        target.migrate()
        target.restore(source)
    finally:
        target.close()
        source.close()


def begin_import(run: str, url: str, *, scheme: str, policy: CanonicalPolicy) -> Importing:
    """Begin, or go on, to fill an empty store at `url` from a bulk run; creates it where there is none.

    Raises `IncompatibleStore` for a store that holds stories, or parts of another run, and `Invalid` for a bad URL.
    """
    engine = _engine(url, scheme, _FEW, importing=True)
    try:
        engine.migrate(_say_nothing)
        return Importing(engine, policy, run)
    except BaseException:
        engine.close()
        raise


def _say_nothing(_: str) -> None:
    """Nobody waits for an empty store to be made."""


def _engine(
    url: str, scheme: str, connections: Connections, *, any_settings: bool = False, importing: bool = False
) -> SqliteEngine | PostgresEngine:
    if url.startswith(_SQLITE):
        path = url.removeprefix(_SQLITE)
        if not path or path.endswith("/") or "?" in path or Path(path).is_dir():
            raise Invalid("TWICETOLD_STORE_URL must name a file: sqlite:///data/twicetold.db")
        return SqliteEngine(
            Path(path), scheme=scheme, migrations=migrations("sqlite"), any_settings=any_settings, importing=importing
        )
    if url.startswith(_POSTGRES):
        # Its driver takes as long to import as numpy, and a SQLite store does without.
        from twicetold.store.postgres.engine import PostgresEngine  # noqa: PLC0415

        return PostgresEngine(
            url,
            scheme=scheme,
            migrations=migrations("postgres"),
            connections=connections,
            any_settings=any_settings,
            importing=importing,
        )
    # The URL itself may hold a password, so it is not repeated.
    raise Invalid("TWICETOLD_STORE_URL must start with sqlite:/// or postgresql://")
