"""The inverted index in PostgreSQL: immutable runs of packed postings, and a tail read from the stories' own keys.

A row for each posting was half of all bytes and nine tenths of the server's time. Instead, as the SQLite store does:

1. to enter a story writes one short row, into `index_tail`; its keys stand in `story_postings`, and each process reads
   those of the tail into memory (`view`);
2. when enough stories wait, they are flushed into a *run*: all their postings sorted and packed (`blocks`), and runs of
   like size are merged (`compaction`);
3. to take a story out writes nothing. What is found is asked for in `story_postings`: who is not there is gone, and of
   a story that ever changed its keys decide. So the index may name too many stories, but never too few.

A list of runs, and the tail, are rows as all others: a snapshot sees the index of its moment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import IsolationLevel

from twicetold.domain.fingerprint.shingles import distinct, leading, ranges
from twicetold.domain.model import Keys
from twicetold.store.port import Row
from twicetold.store.postgres.index.blocks import PART, RANGE_BITS, Run, of_blocks
from twicetold.store.postgres.index.filters import Filter
from twicetold.store.postgres.index.view import View, ViewCache
from twicetold.store.queries.indexing import stored_postings
from twicetold.store.sqlite.index.segment import Found, Packed, short

_WIDER = 4
"""Where dead stories took the places of a key, so many times as many are read of it."""
_ALL = np.iinfo(np.int64).max
_NOTHING = np.empty(0, np.int64)

_BLOCKS = """
SELECT array_agg(asked.at), array_agg(length(b.packed)::bigint), string_agg(b.packed, ''::bytea)
FROM unnest((SELECT %s::bigint[]), (SELECT %s::bigint[]), (SELECT %s::bigint[])) WITH ORDINALITY
    AS asked(range, run, bucket, at)
JOIN posting_blocks b ON b.range = asked.range::smallint AND b.run = asked.run::int AND b.bucket = asked.bucket::int
    AND b.part < %s
"""
"""The arrays come out of queries so that the planner does not see how many are asked for: it would read the table."""


class _Hints(NamedTuple):
    """Stories that may stand under keys.

    positions: places of the keys, with a story each, in any order. certain: for each key up to which story these are
    all.
    """

    positions: NDArray[np.intp]
    stories: Keys
    certain: Keys


class _Asked(NamedTuple):
    """What is asked of one run.

    buckets: ascending. likely: positions of the keys that may be there, ascending. first, counts: of each bucket, where
    its keys begin among these, and how many they are.
    """

    run: Run
    buckets: NDArray[np.int64]
    likely: NDArray[np.intp]
    first: NDArray[np.intp]
    counts: NDArray[np.intp]

    @classmethod
    def of(cls, run: Run, wanted: Packed, known: Filter | None) -> _Asked:
        likely = np.arange(len(wanted)) if known is None else np.flatnonzero(known.may_hold(wanted))
        buckets = run.buckets(wanted[likely])
        first = np.flatnonzero(leading(buckets))
        return cls(run, buckets[first], likely, first, np.diff(first, append=len(buckets)))

    def found(self, wanted: Packed, packed: NDArray[np.uint8], at: NDArray[np.int64]) -> Found:
        """The postings under its keys, of all those in blocks; `at` tells the bucket of each."""
        keys, stories = self.run.unpack(packed, self.buckets[at])
        positions = []
        named = []
        for number in range(int(self.counts.max(initial=0))):  # most buckets are asked for one key
            if number:
                more = self.counts[at] > number
                keys, stories, at = keys[more], stories[more], at[more]
            asked = self.likely[self.first[at] + number]
            same = wanted[asked] == keys
            positions.append(asked[same])
            named.append(stories[same])
        if not positions:
            return Found(np.empty(0, np.intp), _NOTHING)
        both = np.concatenate(positions), np.concatenate(named)
        order = np.lexsort(both[::-1])
        return Found(both[0][order], both[1][order])


class PackedPostings:
    """Implements `store.port.Postings` in one transaction; each call is a few statements for a whole chunk."""

    def __init__(self, connection: psycopg.Connection[Row], views: ViewCache) -> None:
        self._connection = connection
        self._views = views
        self._removed: Keys = _NOTHING
        self.entered = 0
        """How many stories this transaction entered."""

    def add(self, stories: Keys) -> None:
        """Enter stories: they are in the tail from now on."""
        again = np.isin(stories, self._removed)
        self.entered += len(stories)
        self._connection.execute(
            "INSERT INTO index_tail (story, again) SELECT story, again = 1 "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS given (story, again) "
            "ON CONFLICT (added, story) DO UPDATE SET again = excluded.again",  # two versions in one transaction
            (stories, again.astype(np.int64)),
        )
        if again.any():
            sql = "UPDATE story_postings SET rekeyed = true WHERE key = ANY(%s)"
            self._connection.execute(sql, (stories[again],))

    def remove(self, stories: Keys) -> None:
        """Take stories out: that they are gone, or have other keys, is told by `story_postings`."""
        self._removed = np.union1d(self._removed, stories)

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        if not len(keys):
            return np.empty(0, np.intp), _NOTHING
        wanted, key_of = np.unique(short(keys), return_inverse=True)
        positions, stories = self._find(wanted, cap)
        # Two keys may be one when they are short.
        counts = np.bincount(positions, minlength=len(wanted))[key_of]
        first = np.searchsorted(positions, key_of)
        return np.repeat(np.arange(len(keys)), counts), stories[ranges(first, counts)]

    def _find(self, wanted: Packed, cap: int) -> tuple[NDArray[np.intp], Keys]:
        snapshot = self._connection.isolation_level is IsolationLevel.REPEATABLE_READ
        committed = not self.entered and not len(self._removed)
        while True:
            view = self._views.view(self._connection, committed=committed)
            found = self._found(view, wanted, cap)
            # Between two statements of other transactions runs may have been merged.
            if snapshot or not view.runs or self._generation() == view.generation[-1]:
                return found

    def _generation(self) -> int:
        ((generation,),) = self._connection.execute("SELECT generation FROM index_state").fetchall()
        return int(generation)

    def _found(self, view: View, wanted: Packed, cap: int) -> tuple[NDArray[np.intp], Keys]:
        found = []
        left = np.arange(len(wanted))
        most = cap
        while len(left):
            hints = self._hints(view, wanted[left], most)
            chosen = self._live(view, wanted[left], hints) & (hints.stories <= hints.certain[hints.positions])
            order = np.lexsort((hints.stories[chosen], hints.positions[chosen]))
            positions, stories = hints.positions[chosen][order], hints.stories[chosen][order]
            new = leading(positions) | leading(stories)  # a story of the tail may stand in a run, too
            positions, stories = positions[new], stories[new]
            earliest = leading(positions, cap)
            positions, stories = positions[earliest], stories[earliest]
            settled = (hints.certain == _ALL) | (np.bincount(positions, minlength=len(left)) >= cap)
            found.append((left[positions[settled[positions]]], stories[settled[positions]]))
            left, most = left[~settled], most * _WIDER
        if len(found) == 1:
            return found[0]
        positions, stories = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(positions, kind="stable")
        return positions[order], stories[order]

    def _hints(self, view: View, wanted: Packed, most: int) -> _Hints:
        """What tail and runs name: of each at least the first `most` under each key, if there are so many."""
        certain = np.full(len(wanted), _ALL)
        parts = -(-most // PART)
        tail = [(segment.find(wanted, most=most, void=_NOTHING), most) for segment in view.tail]
        found = [*tail, *((of_run, parts * PART) for of_run in self._in_runs(view, wanted, parts))]
        for (positions, stories), of_each in found:
            counts = np.bincount(positions, minlength=len(wanted))
            full = np.flatnonzero(counts >= of_each)
            if len(full):
                last = np.cumsum(counts)[full] - 1
                certain[full] = np.minimum(certain[full], stories[last])
        if not found:
            return _Hints(np.empty(0, np.intp), _NOTHING, certain)
        positions, named = (np.concatenate(column) for column in zip(*(hints for hints, _ in found), strict=True))
        return _Hints(positions, named, certain)

    def _in_runs(self, view: View, wanted: Packed, parts: int) -> list[Found]:
        """Of each run positions, ascending, and stories, ascending for each position."""
        asked = [_Asked.of(run, wanted, view.filters.get(run.number)) for run in view.runs]
        counts = [len(of_run.buckets) for of_run in asked]
        if not sum(counts):
            return []
        buckets = np.concatenate([of_run.buckets for of_run in asked])
        ranges_asked = np.concatenate([of_run.buckets >> (of_run.run.bits - RANGE_BITS) for of_run in asked])
        numbers = np.repeat([run.number for run in view.runs], counts)
        with self._connection.cursor(binary=True) as cursor:
            ((places, lengths, packed),) = cursor.execute(_BLOCKS, (ranges_asked, numbers, buckets, parts)).fetchall()
        if places is None:
            return []
        places, content = places - 1, np.frombuffer(packed, np.uint8)
        if not (places[1:] >= places[:-1]).all():  # most plans give them in order
            order = np.argsort(places, kind="stable")
            content, places, lengths = of_blocks(content, lengths, order), places[order], lengths[order]
        ends = np.cumsum(counts)
        edges = np.searchsorted(places, np.append(0, ends))
        byte = np.append(0, np.cumsum(lengths))
        found = []
        for of_run, end, low, high in zip(asked, ends.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            of_each = lengths[low:high] // of_run.run.width
            at = places[low:high] - (end - len(of_run.buckets))
            found.append(of_run.found(wanted, content[byte[low] : byte[high]], np.repeat(at, of_each)))
        return found

    def _live(self, view: View, wanted: Packed, hints: _Hints) -> NDArray[np.bool_]:
        """Which of the hints are so: the story is there, and holds the key now."""
        asked = distinct(hints.stories)
        if not len(asked):
            return np.zeros(0, np.bool_)
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(
                "SELECT key, CASE WHEN rekeyed OR key = ANY(%s) THEN postings END FROM story_postings "
                "WHERE key = ANY(%s)",
                (distinct(view.again.stories), asked),
            ).fetchall()
        there = np.isin(hints.stories, np.array([key for key, _ in rows], np.int64))
        changed = [row for row in rows if row[1] is not None]
        if changed:
            keys, stories = stored_postings(changed)
            doubtful = np.flatnonzero(np.isin(hints.stories, [key for key, _ in changed]))
            pairs = zip(wanted[hints.positions[doubtful]].tolist(), hints.stories[doubtful].tolist(), strict=True)
            held = set(zip(short(keys).tolist(), stories.tolist(), strict=True))
            there[doubtful] = [pair in held for pair in pairs]
        return there
