"""The inverted index in SQLite."""

from __future__ import annotations

import apsw
import numpy as np
from numpy.typing import NDArray

from service.domain.model import Keys


class TablePostings:
    """Postings as rows of one table without row ids, clustered by key."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def add(self, keys: Keys, stories: Keys) -> None:
        """Enter stories under keys."""
        order = np.lexsort((stories, keys))  # neighbours in the tree one after the other
        self._connection.executemany(
            "INSERT OR IGNORE INTO postings VALUES (?, ?)",
            zip(keys[order].tolist(), stories[order].tolist(), strict=True),
        )

    def remove(self, keys: Keys, stories: Keys) -> None:
        """Take stories from under keys."""
        self._connection.executemany(
            "DELETE FROM postings WHERE posting = ? AND story = ?", zip(keys.tolist(), stories.tolist(), strict=True)
        )

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        if not len(keys):
            return np.empty(0, np.intp), np.empty(0, np.int64)
        rows = self._connection.execute(
            "SELECT value, story FROM carray(:keys) AS each JOIN postings ON story IN "
            "(SELECT story FROM postings WHERE posting = value ORDER BY story LIMIT :cap) AND posting = value",
            {"keys": apsw.carray(np.ascontiguousarray(keys, dtype=np.int64)), "cap": cap},
        ).fetchall()
        found = np.array(rows, dtype=np.int64).reshape(-1, 2)
        found = found[np.lexsort((found[:, 1], found[:, 0]))]
        return np.searchsorted(keys, found[:, 0]), found[:, 1]
