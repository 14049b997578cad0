"""Consistent copies of a store, each one file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import apsw

from twicetold.domain.errors import IncompatibleStore, Invalid
from twicetold.store.migrations import Migration, pending, saved_facts
from twicetold.store.sqlite.connecting import has_facts
from twicetold.store.sqlite.failures import told_as_unavailable
from twicetold.store.sqlite.files import create
from twicetold.store.sqlite.index import manifest
from twicetold.store.sqlite.index.view import ViewCache
from twicetold.store.sqlite.session import SqliteSession


def refuse_existing(target: Path, part: Path) -> None:
    """Raise `Invalid` where a copy cannot be made; clear away what an interrupted one left."""
    if target.exists():
        raise Invalid("the file exists already; name a new one")
    if not target.parent.is_dir():
        raise Invalid("the directory of the file does not exist; create it or name another")
    try:
        for left in target.parent.glob(f"{part.name}*"):
            left.unlink()
        create(part)
    except OSError as error:
        raise Invalid(f"no file can be created there: {error.strerror}") from error


def copy(source: apsw.Connection, part: Path) -> None:
    """Copy what a connection sees by SQLite's online backup: writers go on meanwhile."""
    target = apsw.Connection(str(part))
    with target.backup("main", source, "main") as backup:
        # All pages in one step: stepping would start again after every commit of another process.
        backup.step(-1)
    target.close()


def check(path: Path, scheme: str, migrations: Sequence[Migration]) -> None:
    """Raise `Invalid` unless the file is a backup, `IncompatibleStore` unless it fits this program."""
    facts = _facts(path)
    if not facts:
        raise Invalid("the file to restore from is not a backup; name one that `twicetold backup` wrote")
    if pending(facts, migrations):
        raise IncompatibleStore(
            "the backup has an older schema; set TWICETOLD_STORE_URL to a copy of it, run `twicetold migrate`, and "
            "restore that copy"
        )
    if facts.get("scheme") != scheme or "next_scheme" in facts:
        raise IncompatibleStore(
            f"the backup's fingerprints were made with {facts.get('scheme')}, this program makes {scheme}; "
            "set TWICETOLD_STORE_URL to a copy of it, run `twicetold refingerprint`, and restore that copy"
        )


def _facts(path: Path) -> Mapping[str, str]:
    with told_as_unavailable():
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            return saved_facts(SqliteSession(connection, ViewCache(path)), exists=has_facts(connection))
        except apsw.NotADBError:
            return {}
        finally:
            connection.close(True)


def finish(path: Path) -> None:
    """Make the file of a store that nobody has open one synced file without an index; who opens it makes its own."""
    with told_as_unavailable():
        connection = apsw.Connection(str(path))
        with connection:
            manifest.forget_segments(connection)
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        connection.close()
    shutil.rmtree(manifest.folder_of(path), ignore_errors=True)
    with path.open("rb") as written:
        os.fsync(written.fileno())
