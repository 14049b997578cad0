"""Which stories are worth holding against each other: those that share a key, as a service finds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from twicetold.bulk.folder import Folder
from twicetold.bulk.gathering import Limits, SortedPostings, connected, mapped, write_numbers
from twicetold.bulk.stories import Stories
from twicetold.domain.matching.clusters import told_before
from twicetold.domain.model import Keys
from twicetold.store.queries.candidates import ranked
from twicetold.usecases.find_matches import CANDIDATES

PAIRS = pa.schema([("later", pa.int64()), ("earlier", pa.int64())])
_AT_ONCE = 1_000_000


class Meeting:
    """Looks the keys of stories up among those of all."""

    def __init__(self, folder: Folder, stories: Stories) -> None:
        self._folder = folder
        self._stories = stories
        self._postings = SortedPostings(folder)
        self._turns = mapped(folder.work / "turns")

    def chunk(self, number: int, keys: range) -> None:
        """Write the pairs that some stories make, unless they are there."""
        done = self._folder.shard(number, "pairs")
        if done.exists():
            return
        queries = [subject.query for subject in self._stories.subjects(keys)]
        found = ranked(self._postings, queries, self._ranks, limit=CANDIDATES, once=True)
        own = np.repeat(np.asarray(keys), [len(hits) for hits in found])
        other = np.array([hit.key for hits in found for hit in hits], dtype=np.int64)
        table = pa.table({"later": np.maximum(own, other), "earlier": np.minimum(own, other)}, schema=PAIRS)
        self._folder.table(done, table)

    def _ranks(self, stories: Keys) -> NDArray[np.int64]:
        return self._turns[stories]


def order_turns(folder: Folder, stories: Stories) -> None:
    """Write the place of each story among all by when it was told."""
    turns = folder.work / "turns"
    if not turns.exists():
        nodes = stories.nodes(range(len(stories)))
        places = np.empty(len(stories), dtype=np.int64)
        places[sorted(range(len(stories)), key=lambda key: told_before(nodes[key]))] = np.arange(len(stories))
        folder.write(turns, lambda part: part.write_bytes(places.astype("<i8").tobytes()))


def sort_pairs(folder: Folder, limits: Limits) -> None:
    """Write all pairs once, by the later story, then the earlier."""
    done = folder.work / "pairs.earlier"
    if not done.exists():
        sql = f"SELECT DISTINCT later, earlier FROM {folder.shards('pairs')} ORDER BY later, earlier"
        with connected(folder, limits) as database:
            reader = database.sql(sql).to_arrow_reader(_AT_ONCE)
            write_numbers(folder, reader, ("pairs.later", "pairs.earlier"))


class Pairs:
    """The pairs of a run, mapped into memory."""

    def __init__(self, folder: Folder) -> None:
        self._later, self._earlier = mapped(folder.work / "pairs.later"), mapped(folder.work / "pairs.earlier")

    def of(self, keys: Sequence[int]) -> list[Keys]:
        """The earlier stories that each is held against."""
        first = np.searchsorted(self._later, keys, side="left")
        last = np.searchsorted(self._later, keys, side="right")
        return [self._earlier[one:other] for one, other in zip(first, last, strict=True)]
