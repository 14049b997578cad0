"""The inverted index in PostgreSQL."""

from __future__ import annotations

import numpy as np
import psycopg
from numpy.typing import NDArray

from service.domain.model import Keys
from service.store.session import Row


class PostgresPostings:
    """Postings as rows of one table; each call is one statement for a whole chunk."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def add(self, keys: Keys, stories: Keys) -> None:
        """Enter stories under keys, in the order of the tree."""
        order = np.lexsort((stories, keys))
        self._connection.execute(
            "INSERT INTO postings (posting, story) SELECT * FROM unnest(%s::bigint[], %s::bigint[]) "
            "ON CONFLICT DO NOTHING",
            (keys[order].tolist(), stories[order].tolist()),
        )

    def remove(self, keys: Keys, stories: Keys, *, for_good: bool) -> None:  # noqa: ARG002  # rows go either way
        """Take stories from under keys."""
        self._connection.execute(
            "DELETE FROM postings p USING unnest(%s::bigint[], %s::bigint[]) AS gone(posting, story) "
            "WHERE p.posting = gone.posting AND p.story = gone.story",
            (keys.tolist(), stories.tolist()),
        )

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        rows = self._connection.execute(
            "SELECT asked.at, found.story FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked(posting, at) "
            "CROSS JOIN LATERAL (SELECT story FROM postings p WHERE p.posting = asked.posting "
            "ORDER BY story LIMIT %s) AS found",
            (keys.tolist(), cap),
        ).fetchall()
        found = np.array(rows, dtype=np.int64).reshape(-1, 2)
        found = found[np.lexsort((found[:, 1], found[:, 0]))]
        return found[:, 0] - 1, found[:, 1]
