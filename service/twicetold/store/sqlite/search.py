"""Full-text search by FTS5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw
import numpy as np


class Fts5Search:
    """Implements `store.port.SearchIndex`."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def add(self, words: Mapping[int, Sequence[str]]) -> None:
        """Enter stories."""
        rows = [(key, " ".join(found)) for key, found in words.items()]
        self._connection.executemany("INSERT INTO search_words (rowid, words) VALUES (?, ?)", rows)

    def remove(self, keys: Sequence[int]) -> None:
        """Take stories out."""
        self._connection.executemany("DELETE FROM search_words WHERE rowid = ?", [(key,) for key in keys])

    def find(
        self,
        words: Sequence[str],
        begun: str = "",
        *,
        among: Sequence[int] | None = None,
        low: int = 0,
        high: int,
        limit: int,
    ) -> list[int]:
        """Stories that hold all words, latest first."""
        quoted = [f'"{word}"' for word in words] + ([f'"{begun}" *'] if begun else [])
        values = {"words": " AND ".join(quoted), "low": low, "high": high, "limit": limit}
        chosen = ""
        if among is not None:
            if not among:
                return []
            chosen = "AND rowid IN (SELECT value FROM carray(:among))"
            values["among"] = apsw.carray(np.ascontiguousarray(among, dtype=np.int64))
        rows = self._connection.execute(
            f"SELECT rowid FROM search_words WHERE search_words MATCH :words AND rowid BETWEEN :low AND :high {chosen} "
            "ORDER BY rowid DESC LIMIT :limit",
            values,
        )
        return [key for (key,) in rows]
