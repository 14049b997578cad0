"""Connections to the file of a store, set up alike."""

from __future__ import annotations

from pathlib import Path

import apsw

from twicetold.domain.errors import IncompatibleStore

_FIRST_SAFE_VERSION = 3_051_003
"""Before SQLite 3.51.3 a checkpoint beside a write could reset the log under it and lose commits."""
_CACHE_KIB = 2 * 1024
_LOG_LIMIT = 64 * 2**20
_OWN_TABLES = {"facts", "story_ids"}
"""Two that every store has; other programs may call a table `facts`."""
_PAGE_SIZE = 8192
"""Of 4096 bytes a compressed news text fills half a page or more and wastes the rest."""


def connect(path: Path, *, wait: float) -> apsw.Connection:
    """Open a file that exists; writers are waited for so many seconds.

    Raises `IncompatibleStore` for the file of another program, or an SQLite that is not safe.
    """
    if _version_number() < _FIRST_SAFE_VERSION:
        raise IncompatibleStore(
            f"SQLite {apsw.sqlite_lib_version()} can lose commits; install an apsw with SQLite 3.51.3 or later"
        )
    # Never make a file here: one that was removed while in use must stay away.
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(int(wait * 1000))
    _refuse_foreign(connection)  # before anything is set, for the journal mode is written into the file
    connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    for setting in (
        "synchronous = FULL",
        f"cache_size = -{_CACHE_KIB}",
        "temp_store = MEMORY",
        "mmap_size = 0",
        f"journal_size_limit = {_LOG_LIMIT}",
    ):
        connection.execute(f"PRAGMA {setting}").fetchall()
    return connection


def _version_number() -> int:
    major, minor, patch = (int(part) for part in apsw.sqlite_lib_version().split("."))
    return major * 1_000_000 + minor * 1000 + patch


def has_facts(connection: apsw.Connection) -> bool:
    """Whether a store was made in the file."""
    return _tables(connection) >= _OWN_TABLES


def _refuse_foreign(connection: apsw.Connection) -> None:
    tables = _tables(connection)
    if tables and not tables >= _OWN_TABLES:
        raise IncompatibleStore("the file that TWICETOLD_STORE_URL names belongs to another program; name a new one")


def _tables(connection: apsw.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
