"""Connections to PostgreSQL: their settings, directly or behind a pooler.

A pooler that lends a server for one transaction at a time, as PgBouncer does, takes no settings at the start of a
connection (`options` are refused, or dropped without a word), and what is set later is set for whoever is next. So each
connection sets its own, and each transaction behind a pooler does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from typing import LiteralString

import psycopg

from twicetold.domain.errors import IncompatibleStore
from twicetold.store.port import Row

SETTINGS = {
    "statement_timeout": "60s",
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "10s",  # a node that stalls in a transaction holds locks no longer
    "synchronous_commit": "on",  # an acknowledged story has been synced, whatever the server's default
    "jit": "off",  # compiling costs more than any statement here
}
PREPARED_AFTER = 5
"""Runs of a statement on a connection after which it is prepared: psycopg's own choice."""


class StoreConnection(psycopg.Connection[Row]):
    """A connection that knows whether a pooler stands between."""

    pooled = False

    @contextmanager
    def last(self) -> Iterator[None]:
        """Send what is run in this block and the commit at once, without waiting for the answers one by one.

        What these statements lock is then held for as long as the server takes, however busy the client is. Only
        the last ones, for a server does not see that a transaction idles while a pipeline is open.
        Format: https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
        """
        with self.pipeline():
            yield
            self._flush()
            self.commit()

    def _flush(self) -> None:
        """Hand over all that is sent: psycopg waits for answers even if the socket did not take the questions yet."""
        while self.pgconn.flush():
            readable, _, _ = select([self.pgconn.socket], [self.pgconn.socket], [])
            if readable:
                self.pgconn.consume_input()


def configure(connection: StoreConnection, *, prepare: int | None) -> None:
    """Make a new connection ready; `prepare` as `store.port.Connections` has it.

    Raises `IncompatibleStore` where it cannot have its settings.
    """
    connection.prepare_threshold = None
    ((server,),) = connection.execute("SELECT pg_backend_pid()").fetchall()
    # A pooler makes numbers up, so that a client can cancel whatever server it has then.
    connection.pooled = server != connection.info.backend_pid
    _set(connection, local=connection.pooled)
    shown: LiteralString = ", ".join("current_setting(%s)" for _ in SETTINGS)
    ((*found,),) = connection.execute(f"SELECT {shown}", list(SETTINGS)).fetchall()
    if _as_given(dict(zip(SETTINGS, found, strict=True))) != SETTINGS:
        raise IncompatibleStore("the store's database does not take the settings that keep what is acknowledged")
    connection.commit()
    if prepare is None:
        connection.prepare_threshold = None if connection.pooled else PREPARED_AFTER
    else:
        connection.prepare_threshold = prepare - 1 if prepare else None


def settle_transaction(connection: StoreConnection) -> None:
    """Give a transaction that is about to begin behind a pooler its settings."""
    _set(connection, local=True)


def _set(connection: StoreConnection, *, local: bool) -> None:
    given: LiteralString = ", ".join("set_config(%s, %s, %s)" for _ in SETTINGS)
    connection.execute(f"SELECT {given}", [part for name, value in SETTINGS.items() for part in (name, value, local)])


def _as_given(settings: dict[str, str]) -> dict[str, str]:
    """Values as they are given above: PostgreSQL shows them in the largest unit."""
    return {name: "60s" if value == "1min" else value for name, value in settings.items()}
