"""The common SQL spoken over one psycopg connection."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import psycopg
from psycopg.pq import PipelineStatus

from twicetold.store.port import Row
from twicetold.store.postgres.connections import StoreConnection
from twicetold.store.postgres.index.postings import PackedPostings
from twicetold.store.postgres.index.view import ViewCache
from twicetold.store.postgres.locks import RowLocks
from twicetold.store.postgres.search import VectorSearch

_LIST = re.compile(r"\bIN \(SELECT value FROM (each|each_text)\(:(\w+)\)\)")
_TABLE = re.compile(r"\b(each|each_text)\(:(\w+)\)")
_VALUE = re.compile(r"(?<![:\w]):(\w+)")
_ARRAYS = {"each": "bigint[]", "each_text": "text[]"}
_types: dict[tuple[str, str], list[str]] = {}
"""Types of columns by table; the schema is the same in every store."""


class PostgresSession:
    """Implements `store.session.Session`."""

    for_update = "FOR UPDATE"

    def __init__(self, connection: StoreConnection, views: ViewCache, locks: RowLocks | None = None) -> None:
        self.connection = connection
        self.locks = locks
        self.postings = PackedPostings(connection, views)
        self.search = VectorSearch(connection)

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        return self.connection.execute(*_bound(sql, values)).fetchall()

    def run(self, sql: str, **values: object) -> None:
        """One statement, or several without values."""
        self.connection.execute(*_bound(sql, values))

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]], conflict: str = "") -> None:
        """Many rows into a table, at once: by COPY, or in one statement of arrays.

        That is for rows that may conflict, and within a pipeline, which takes no COPY.
        """
        rows = list(rows)
        if not rows:
            return
        types = self._types_of(table, columns)
        with self.connection.cursor() as cursor:
            if conflict or self.connection.info.pipeline_status != PipelineStatus.OFF:
                arrays = ", ".join(f"%s::{name}[]" for name in types)
                insert = f"INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays}) {conflict}"
                cursor.execute(insert, [list(column) for column in zip(*rows, strict=True)])
                return
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)

    def _types_of(self, table: str, columns: str) -> list[str]:
        known = _types.get((table, columns))
        if known is None:
            cursor = self.connection.execute(f"SELECT {columns} FROM {table} LIMIT 0")
            cursor.fetchall()  # in a pipeline the answer comes when it is asked for
            description = cursor.description or ()
            known = _types[table, columns] = [psycopg.adapters.types[column.type_code].name for column in description]
        return known

    def assign(self, table: str, column: str, key: str, values: Mapping[Any, str | None]) -> None:
        """One statement of two arrays."""
        if not values:
            return
        kind = "bigint" if isinstance(next(iter(values)), int) else "text"
        self.connection.execute(
            f"UPDATE {table} SET {column} = given.value FROM unnest(%s::{kind}[], %s::text[]) AS given(at, value) "
            f"WHERE {table}.{key} = given.at",
            (list(values), list(values.values())),
        )

    def last(self) -> AbstractContextManager[None]:
        """Send all of it at once."""
        return self.connection.last()

    def new_keys(self, count: int) -> list[int]:
        """Ascending keys; concurrent writers interleave."""
        return [key for (key,) in self.rows("SELECT nextval('story_key') FROM generate_series(1, :n)", n=count)]

    def continue_keys(self, last: int) -> None:
        """Set the sequence."""
        self.rows("SELECT setval('story_key', GREATEST(:last, 1) + 1)", last=last)


def _bound(sql: str, values: Mapping[str, object]) -> tuple[str, dict[str, Any] | None]:
    translated, numbers = _translated(sql)
    bound: dict[str, Any] = dict(values)
    for name in numbers:
        bound[name] = np.asarray(bound[name], dtype=np.int64)
    return translated, bound or None


@functools.cache
def _translated(sql: str) -> tuple[str, list[str]]:
    """The statement as psycopg takes it, and which of its values are lists of numbers.

    `= ANY` rather than a join with `unnest`: the planner takes that for an index scan with or without statistics.
    """
    numbers = [name for kind, name in _TABLE.findall(sql) if kind == "each"]
    listed = _LIST.sub(lambda found: f"= ANY(:{found[2]}::{_ARRAYS[found[1]]})", sql)
    listed = _TABLE.sub(lambda found: f"unnest(:{found[2]}::{_ARRAYS[found[1]]}) AS each(value)", listed)
    return _VALUE.sub(r"%(\1)s", listed), numbers
