"""Full-text search by text search vectors, as the configuration `simple` would make them: words as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import psycopg

from twicetold.store.port import Row


class VectorSearch:
    """Implements `store.port.SearchIndex`."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def add(self, words: Mapping[int, Sequence[str]]) -> None:
        """Enter stories."""
        self._connection.execute(
            "INSERT INTO search_words (key, words) SELECT key, array_to_tsvector(string_to_array(words, ' ')) "
            "FROM unnest(%s::bigint[], %s::text[]) AS given (key, words)",
            [list(words), [" ".join(found) for found in words.values()]],
        )

    def remove(self, keys: Sequence[int]) -> None:
        """Take stories out."""
        self._connection.execute("DELETE FROM search_words WHERE key = ANY(%s::bigint[])", [list(keys)])

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
        quoted = [f"'{word}'" for word in words] + ([f"'{begun}':*"] if begun else [])
        chosen = "" if among is None else "AND key = ANY(%(among)s::bigint[])"
        rows = self._connection.execute(
            "SELECT key FROM search_words WHERE words @@ %(words)s::tsquery AND key BETWEEN %(low)s AND %(high)s "
            f"{chosen} ORDER BY key DESC LIMIT %(limit)s",
            {
                "words": " & ".join(quoted),
                "low": low,
                "high": high,
                "limit": limit,
                "among": None if among is None else np.asarray(among, dtype=np.int64),
            },
            # How it is found best depends on the words: of frequent ones the latest stories are read, of rare ones all.
            prepare=False,
        )
        return [key for (key,) in rows]
