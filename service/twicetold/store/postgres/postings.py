"""The inverted index in PostgreSQL."""

from __future__ import annotations

import numpy as np
import psycopg
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import leading
from twicetold.domain.model import Keys
from twicetold.store.port import Row
from twicetold.store.postgres.arrays import copy_of_pairs


class PostgresPostings:
    """Postings as rows of one table; each call is one statement for a whole chunk."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def add(self, keys: Keys, stories: Keys) -> None:
        """Enter stories under keys, in the order of the tree; COPY costs half of an INSERT that looks for conflicts."""
        order = np.lexsort((stories, keys))
        keys, stories = keys[order], stories[order]
        once = leading(keys) | leading(stories)
        with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY postings (posting, story) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.write(copy_of_pairs(keys[once], stories[once]))

    def remove(self, keys: Keys, stories: Keys) -> None:
        """Take stories from under keys."""
        self._connection.execute(
            "DELETE FROM postings p USING unnest(%s::bigint[], %s::bigint[]) AS gone(posting, story) "
            "WHERE p.posting = gone.posting AND p.story = gone.story",
            (keys, stories),
        )

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        with self._connection.cursor(binary=True) as cursor:
            # Two arrays: as many rows take longer to receive than to find.
            ((positions, stories),) = cursor.execute(
                "SELECT array_agg(asked.at), array_agg(found.story) "
                "FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked(posting, at) "
                "CROSS JOIN LATERAL (SELECT story FROM postings p WHERE p.posting = asked.posting "
                "ORDER BY story LIMIT %s) AS found",
                (keys, cap),
            ).fetchall()
        if positions is None:
            return np.empty(0, np.intp), np.empty(0, np.int64)
        order = np.lexsort((stories, positions))
        return positions[order] - 1, stories[order]
