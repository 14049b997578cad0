"""The common SQL spoken over one apsw connection."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import apsw
import numpy as np

from twicetold.store.port import Row
from twicetold.store.sqlite.index.postings import SegmentPostings
from twicetold.store.sqlite.index.view import ViewCache
from twicetold.store.sqlite.search import Fts5Search

_LIST = re.compile(r"\b(each|each_text)\(:(\w+)\)")


class SqliteSession:
    """Implements `store.session.Session`; statements are prepared once per connection by apsw's own cache."""

    for_update = ""
    locks = None

    def __init__(self, connection: apsw.Connection, cache: ViewCache) -> None:
        self.connection = connection
        self.postings = SegmentPostings(connection, cache)
        self.search = Fts5Search(connection)

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        return self.connection.execute(*_bound(sql, values)).fetchall()

    def run(self, sql: str, **values: object) -> None:
        """One statement, or several without values."""
        self.connection.execute(*_bound(sql, values))

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]], conflict: str = "") -> None:
        """Many rows into a table."""
        places = ",".join("?" * (columns.count(",") + 1))
        self.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places}) {conflict}", rows)

    def assign(self, table: str, column: str, key: str, values: Mapping[Any, str | None]) -> None:
        """One statement for each value, prepared once."""
        pairs = ((value, at) for at, value in values.items())
        self.connection.executemany(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", pairs)

    def last(self) -> AbstractContextManager[None]:
        """The engine commits."""
        return nullcontext()

    def new_keys(self, count: int) -> list[int]:
        """Ascending keys, without gaps except for transactions that were rolled back."""
        ((last,),) = self.rows("UPDATE counters SET value = value + :n WHERE name = 'key' RETURNING value", n=count)
        return list(range(last - count + 1, last + 1))

    def continue_keys(self, last: int) -> None:
        """Set the counter."""
        self.run("UPDATE counters SET value = MAX(value, :last) WHERE name = 'key'", last=last)


def _bound(sql: str, values: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
    kinds = _lists_in(sql)
    if not kinds:
        return sql, dict(values)
    bound: dict[str, Any] = dict(values)
    empty = frozenset(name for name in kinds if not len(bound[name]))
    for name, kind in kinds.items():
        if name in empty:
            del bound[name]
        elif kind == "each":
            bound[name] = apsw.carray(np.ascontiguousarray(bound[name], dtype=np.int64))
        else:
            bound[name] = apsw.carray(tuple(bound[name]))
    return _translated(sql, empty), bound


@functools.cache
def _lists_in(sql: str) -> dict[str, str]:
    return {name: kind for kind, name in _LIST.findall(sql)}


@functools.cache
def _translated(sql: str, empty: frozenset[str]) -> str:
    # carray takes no empty array
    nothing = "(SELECT 0 AS value WHERE 0) AS each"
    return _LIST.sub(lambda found: nothing if found[2] in empty else f"carray(:{found[2]}) AS each", sql)
