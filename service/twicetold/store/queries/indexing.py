"""What stands in the index of postings for each story, as the table `story_postings` keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from twicetold.domain.model import Keys


class Amount(NamedTuple):
    """So much of `story_postings`: rows, and postings in them."""

    stories: int
    postings: int

    def cut(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
        """Split rows, whose second column is packed postings, into parts of no more than that, or one row."""
        part: list[tuple[Any, ...]] = []
        size = 0
        for row in rows:
            if part and (len(part) == self.stories or size + len(row[1]) > 8 * self.postings):
                yield part
                part, size = [], 0
            part.append(row)
            size += len(row[1])
        if part:
            yield part


def pack_postings(keys: Keys) -> bytes:
    """Posting keys as little-endian 64-bit integers."""
    return keys.astype("<i8", copy=False).tobytes()


def stored_postings(rows: Iterable[tuple[Any, ...]]) -> tuple[Keys, Keys]:
    """Rows of `story_postings`, key and postings, as two arrays of one length: posting keys and stories."""
    return spread({key: np.frombuffer(postings, dtype="<i8") for key, postings in rows})


def spread(postings: Mapping[int, Keys]) -> tuple[Keys, Keys]:
    """Posting keys of several stories as two arrays of one length: keys and stories."""
    if not postings:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    lengths = [len(keys) for keys in postings.values()]
    return np.concatenate(list(postings.values())), np.repeat(np.array(list(postings), dtype=np.int64), lengths)
