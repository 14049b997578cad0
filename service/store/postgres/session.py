"""The common SQL spoken over one psycopg connection."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import psycopg

from service.store.postgres.postings import PostgresPostings
from service.store.session import Row

_LIST = re.compile(r"\b(each|each_text)\(:(\w+)\)")
_VALUE = re.compile(r"(?<![:\w]):(\w+)")
_ARRAYS = {"each": "bigint[]", "each_text": "text[]"}


class PostgresSession:
    """Implements `store.session.Session`."""

    for_update = "FOR UPDATE"

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection
        self.postings = PostgresPostings(connection)

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""
        return self.connection.execute(_translated(sql), _plain(values)).fetchall()

    def run(self, sql: str, **values: object) -> None:
        """One statement, or several without values."""
        self.connection.execute(_translated(sql), _plain(values) or None)

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]], conflict: str = "") -> None:
        """Many rows into a table: by COPY, or in one pipeline where rows may conflict."""
        with self.connection.cursor() as cursor:
            if conflict:
                places = ",".join(["%s"] * (columns.count(",") + 1))
                insert = f"INSERT INTO {table} ({columns}) VALUES ({places}) {conflict}"
                cursor.executemany(insert, rows)
                return
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def new_keys(self, count: int) -> list[int]:
        """Ascending keys; concurrent writers interleave."""
        return [key for (key,) in self.rows("SELECT nextval('story_key') FROM generate_series(1, :n)", n=count)]

    def continue_keys(self, last: int) -> None:
        """Set the sequence."""
        self.rows("SELECT setval('story_key', GREATEST(:last, 1) + 1)", last=last)


@functools.cache
def _translated(sql: str) -> str:
    listed = _LIST.sub(lambda found: f"unnest(:{found[2]}::{_ARRAYS[found[1]]}) AS each(value)", sql)
    return _VALUE.sub(r"%(\1)s", listed)


def _plain(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}
