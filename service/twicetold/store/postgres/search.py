"""Full-text search by text search vectors, as the configuration `simple` would make them: words as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg

from twicetold.store.port import Row

_HOLDS = "words @@ %(words)s::tsquery AND key BETWEEN %(low)s AND %(high)s"
_READ = 2_000
"""Stories, the latest, that are looked at for the words before the others are searched: under a millisecond. They tell
how rare the words are, which the server does not know beyond some thousand frequent ones."""
_WIDER = 2
"""Then so many times the stories are searched that should hold as many as are wanted."""
_LATEST = """
SELECT max(key), array_agg(key ORDER BY key DESC) FILTER (WHERE words @@ %(words)s::tsquery) FROM (
    SELECT key, words FROM search_words WHERE key BETWEEN %(low)s AND %(high)s ORDER BY key DESC LIMIT %(read)s
) latest
"""


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
        values = {"words": " & ".join(quoted), "low": low, "high": high, "limit": limit}
        if among is not None:
            chosen = {**values, "among": np.asarray(among, dtype=np.int64)}
            return self._found(chosen, only="AND key = ANY(%(among)s::bigint[])")
        ((last, latest),) = self._connection.execute(_LATEST, {**values, "read": _READ}).fetchall()
        if latest is None:
            return self._found(values)
        if len(latest) >= limit:
            return list(latest[:limit])
        near = max(low, last - _WIDER * limit * _READ // len(latest))
        found = self._found({**values, "low": near})
        return found if len(found) >= limit or near == low else self._found(values)

    def _found(self, values: Mapping[str, Any], *, only: str = "") -> list[int]:
        # Sorted along the index of keys, the server would read that from its end until it has enough.
        sql = f"SELECT key FROM search_words WHERE {_HOLDS} {only} ORDER BY key + 0 DESC LIMIT %(limit)s"
        # A plan that is kept for all words is wrong for most.
        return [key for (key,) in self._connection.execute(sql, values, prepare=False)]
