"""What a writer holds in PostgreSQL: rows of clusters and stories, locked until its transaction ends.

Why two that tie stories of one cluster never miss each other, and why nothing locks each other out, is argued in
`queries.places`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import LiteralString, NamedTuple

import psycopg
from psycopg import errors

from twicetold.domain.errors import Unavailable
from twicetold.store.port import Row

RECORDINGS = 0x74776963
"""The advisory lock that recordings share, and that one takes alone: "twic"."""


class Rows(NamedTuple):
    """Rows to be held."""

    clusters: frozenset[str] = frozenset()
    stories: frozenset[int] = frozenset()


class Contended(Unavailable):
    """Another transaction holds what this one came to need; begun anew, it is to take `rows` first."""

    def __init__(self, rows: Rows) -> None:
        super().__init__("the store is busy with other writers; try again in a moment")
        self.rows = rows


class RowLocks:
    """Implements `store.port.Locks`; `first` are rows to take with those of the first call.

    A writer that is `alone` waits whenever it has to.
    """

    def __init__(self, connection: psycopg.Connection[Row], first: Rows, *, alone: bool = False) -> None:
        self.places: set[int] = set()
        self._connection = connection
        self._first = first
        self._alone = alone
        self._clusters: set[str] = set()
        self._stories: set[int] = set()

    def begin(self) -> None:
        """Let others record beside this writer, or nobody where it is alone."""
        function: LiteralString = "pg_advisory_xact_lock" if self._alone else "pg_advisory_xact_lock_shared"
        self._connection.execute(f"SELECT {function}(%s)", [RECORDINGS])

    def take(self, *, clusters: Collection[str] = (), stories: Collection[int] = ()) -> bool:
        """Hold rows, in one order."""
        beginning = not self._clusters and not self._stories
        more = Rows(frozenset(clusters) - self._clusters, frozenset(stories) - self._stories)
        if not any(more):
            return False
        if beginning:
            more = Rows(more.clusters | self._first.clusters, more.stories | self._first.stories)
        self._lock(more, wait=beginning or self._alone)
        self._clusters |= more.clusters
        self._stories |= more.stories
        return True

    def _lock(self, rows: Rows, *, wait: bool) -> None:
        end: LiteralString = "FOR UPDATE" if wait else "FOR UPDATE NOWAIT"
        try:
            if rows.clusters:
                self._run(f"SELECT 1 FROM clusters WHERE id = ANY(%s::text[]) ORDER BY id {end}", sorted(rows.clusters))
            if rows.stories:
                sql: LiteralString = "SELECT 1 FROM stories WHERE key = ANY(%s::bigint[]) ORDER BY key"
                self._run(f"{sql} {end}", sorted(rows.stories))
        except errors.LockNotAvailable as error:
            if wait:  # as long as the server lets it
                raise
            held = Rows(rows.clusters | self._clusters, rows.stories | self._stories)
            raise Contended(held) from error

    def _run(self, sql: LiteralString, values: list[str] | list[int]) -> None:
        self._connection.execute(sql, [values]).fetchall()

    def made(self, cluster_id: str) -> None:
        """Nobody else sees the row yet."""
        self._clusters.add(cluster_id)

    def turn(self) -> None:
        """Hold one row that all take before anything else."""
        self._connection.execute("SELECT 1 FROM turns WHERE name = 'recording' FOR UPDATE")
