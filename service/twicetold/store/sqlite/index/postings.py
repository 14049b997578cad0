"""The inverted index in SQLite: immutable segments in files, and a memtable read from the stories' own keys.

A table with a row for each posting would take a hundred writes to random places for every story. Instead, as Lucene
does (and log-structured merge trees before it, O'Neil et al. 1996):

1. to add a story costs nothing here: its keys stand in `story_postings`, written in the story's own transaction, and
   each process reads those of new stories into its *memtable*, which are small sorted segments in memory;
2. to change or delete one writes a *tombstone*: its number in `index_changes`. Postings read before that are void;
3. when enough stories wait, a process of its own flushes them into a segment file and merges files of like size
   (`compaction`). The *manifest*, a table, names the files, so a snapshot finds its own, and a crash leaves nothing
   to repair.

The index is derived data: without its files, or with those of another store, it is built anew from `story_postings`.
"""

from __future__ import annotations

import apsw
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import distinct, leading
from twicetold.domain.model import Keys
from twicetold.store.sqlite.index import manifest
from twicetold.store.sqlite.index.compaction import FLUSH_AT
from twicetold.store.sqlite.index.segment import short
from twicetold.store.sqlite.index.view import ViewCache

_STORY_BITS = np.int64(32)


class SegmentPostings:
    """Implements `store.port.Postings` on one connection."""

    def __init__(self, connection: apsw.Connection, cache: ViewCache) -> None:
        self._connection = connection
        self._cache = cache
        self.written = False
        """Whether this transaction adds or takes out anything."""

    def add(self, stories: Keys) -> None:  # noqa: ARG002  # they are read from `story_postings`
        """Enter stories: nothing is left to do."""
        self.written = True

    def remove(self, stories: Keys) -> None:
        """Take stories from under their keys."""
        self.written = True
        if len(stories):
            manifest.record_change(self._connection, distinct(stories.astype(np.int64)))

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        view = self._cache.view(self._connection, writing=self.written)
        wanted = short(keys)
        order = np.argsort(wanted)
        wanted = wanted[order]
        found = [segment.find(wanted, most=cap, void=void) for segment, void in view.segments()]
        if not found:
            return np.empty(0, np.intp), np.empty(0, np.int64)
        positions = order[np.concatenate([positions for positions, _ in found])]
        pairs = (positions << _STORY_BITS) | np.concatenate([stories for _, stories in found])
        pairs.sort()  # one number sorts faster than two
        positions, stories = pairs >> _STORY_BITS, pairs & (2**32 - 1)
        kept = leading(pairs) & (stories <= manifest.state(self._connection).last_story)
        positions, stories = positions[kept], stories[kept]
        earliest = leading(positions, cap)
        return positions[earliest], stories[earliest]

    @property
    def flush_due(self) -> bool:
        """Whether the memtable holds so much that it is to be flushed."""
        waiting = manifest.state(self._connection).waiting
        return waiting >= FLUSH_AT.stories or self._cache.recent_postings >= FLUSH_AT.postings
