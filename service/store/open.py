"""Stores by URL."""

from __future__ import annotations

from pathlib import Path

from service.domain.errors import Invalid
from service.store.migrations import migrations
from service.store.sqlite.engine import SqliteEngine
from service.store.store import SqlStore
from service.usecases.ports import Store

_SQLITE = "sqlite:///"


def open_store(url: str, *, scheme: str) -> Store:
    """The store at a URL: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`.

    Connects on first use only, so a server may call this before it forks. `scheme` names everything that signatures
    and fingerprints depend on; a store made with another one raises `IncompatibleStore` on first use. Raises `Invalid`
    for a URL of another kind.
    """
    return SqlStore(_engine(url, scheme))


def migrate(url: str, *, scheme: str) -> list[str]:
    """Create the store or bring it up to date, once under concurrent calls; returns the names of the steps that ran.

    Raises `IncompatibleStore` for a store with a newer schema or another scheme.
    """
    engine = _engine(url, scheme)
    try:
        return engine.migrate()
    finally:
        engine.close()


def _engine(url: str, scheme: str) -> SqliteEngine:
    if url.startswith(_SQLITE):
        path = url.removeprefix(_SQLITE)
        if not path or path.endswith("/") or "?" in path:
            raise Invalid("TWICETOLD_STORE_URL must name a file: sqlite:///data/twicetold.db")
        return SqliteEngine(Path(path), scheme=scheme, migrations=migrations("sqlite"))
    # The URL itself may hold a password, so it is not repeated.
    raise Invalid("TWICETOLD_STORE_URL must start with sqlite:/// or postgresql://")
