"""The index as one process sees it: the list of runs with their filters, and the postings of the *tail* in memory.

The tail are the stories whose keys stand in no run yet. A process reads the keys of those that it has not seen, and
keeps them. Which these are is told by transaction numbers: all transactions below the lowest that ran when a snapshot
was taken (`pg_snapshot_xmin`) had ended by then, so what they entered is known. On a distributed server (`UNENDED`) a
transaction may have ended here and not yet where the keys are: until it has, they are read again.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from twicetold.domain.errors import Unavailable
from twicetold.domain.fingerprint.shingles import distinct
from twicetold.domain.model import Keys
from twicetold.store.port import Row
from twicetold.store.postgres.distributing import UNENDED
from twicetold.store.postgres.index.blocks import Run
from twicetold.store.postgres.index.filters import Filter, filter_bytes
from twicetold.store.queries.indexing import Amount, stored_postings
from twicetold.store.sqlite.index.segment import Merge, Segment, build

MOST_WAITING = 2**16
"""Stories that a tail may have, some 60 MB in each process. More wait only where the index is being built anew."""
_READ = Amount(stories=2048, postings=2**19)
"""What is read of the tail into one segment."""
_FAN = 6
"""Segments of like size in memory that are merged into one."""
_FILTER_BYTES = 2**26
"""Filters that a process keeps, those of the smaller runs first."""
_KEPT = 2
"""Views that are kept: a snapshot may be older than the last flush."""

_NOTHING = np.empty(0, np.int64)

_STATE = f"""
SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint, 'index_tail'::regclass::oid::bigint,
    s.generation, LEAST(pg_snapshot_xmin(pg_current_snapshot())::text::bigint, {UNENDED}), t.added, t.story, t.again
FROM index_state s CROSS JOIN (
    SELECT array_agg(added) AS added, array_agg(story) AS story, array_agg(again::int::bigint) AS again
    FROM index_tail WHERE added >= %s
) t
"""
_LISTED = f"""
SELECT state.*, runs.* FROM ({_STATE}) state CROSS JOIN (
    SELECT array_agg(run::bigint), array_agg(bits::bigint), array_agg(first_story), array_agg(last_story),
        array_agg(postings)
    FROM index_runs WHERE listed
) runs
"""


class Entries(NamedTuple):
    """Stories that were entered: by which transactions, and whether each had other keys before (1)."""

    added: Keys
    stories: Keys
    again: Keys

    def where(self, chosen: NDArray[np.bool_]) -> Entries:
        """Some of them."""
        return Entries(*(column[chosen] for column in self))

    def and_also(self, other: Entries) -> Entries:
        """These and others."""
        return Entries(*(np.concatenate(both) for both in zip(self, other, strict=True)))


_NO_ENTRIES = Entries(_NOTHING, _NOTHING, _NOTHING)


class View(NamedTuple):
    """An index that never changes.

    generation: of the list of runs, below what names the server's start and the table. horizon: all is known that
    transactions below this number entered; `entered` is what is known of later ones. again: all entries of stories that
    had other keys before, and of those that may have others in snapshots from before a transaction. stories: how many
    the tail has. tail: their postings.
    """

    generation: tuple[int, int, int]
    runs: tuple[Run, ...]
    filters: Mapping[int, Filter]
    horizon: int
    entered: Entries
    again: Entries
    stories: int
    tail: tuple[Segment, ...]

    def missing(self, found: Entries) -> Entries:
        """What of some entries is not in it."""
        known = set(zip(self.entered.added.tolist(), self.entered.stories.tolist(), strict=True))
        pairs = zip(found.added.tolist(), found.stories.tolist(), strict=True)
        return found.where(np.array([pair not in known for pair in pairs], np.bool_) & (found.added >= self.horizon))

    def grown(self, seen: Entries, segments: Iterable[Segment], *, horizon: int) -> View:
        """The same with more of the tail."""
        horizon = max(self.horizon, horizon)
        entered = self.entered.and_also(seen)
        return self._replace(
            horizon=horizon,
            entered=entered.where(entered.added >= horizon),
            again=self.again.and_also(seen.where(seen.again > 0)),
            stories=self.stories + len(seen.stories),
            tail=_tidy((*self.tail, *segments)),
        )


class ViewCache:
    """The latest views of one process, for all its threads."""

    def __init__(self) -> None:
        self._views: list[View] = []
        self._making = threading.Lock()
        self._entered = 0

    def entered(self, stories: int) -> int:
        """Count stories that this process entered; returns how many the tail has, as far as it knows."""
        self._entered += stories
        return self._entered + (self._views[-1].stories if self._views else 0)

    def view(self, connection: psycopg.Connection[Row], *, committed: bool) -> View:
        """What the connection's transaction sees; it is kept for others if all of that is `committed`.

        It may hold stories that came later than the snapshot, and keys that a story had before or has since. Raises
        `Unavailable` while too many stories wait for a run.
        """
        if not committed:
            return self._made(connection)[1]
        with self._making:  # after a commit all threads want the same
            kept, view = self._made(connection)
            others = [known for known in self._views if known.generation != kept.generation]
            self._views = sorted([*others, kept], key=lambda known: known.generation)[-_KEPT:]
            self._entered = 0
        return view

    def _made(self, connection: psycopg.Connection[Row]) -> tuple[View, View]:
        """What to keep, and what to look up in, with the keys that changing stories have in this snapshot."""
        before = self._views[-1] if self._views else None
        state = _state(connection, before.horizon if before else 0)
        if before is None or before.generation != state.generation:
            before = next((view for view in self._views if view.generation == state.generation), None)
            if before is None:
                state, before = self._listed(connection)
            else:
                state = _state(connection, before.horizon)
        seen = before.missing(state.entries)
        if before.stories + len(seen.stories) > MOST_WAITING:
            raise Unavailable("the index of the store is being built anew; send this again later", retry_after=10)
        segments, there, rekeyed = _read(connection, seen.stories)
        # Who entered the others may not have ended where the keys are: they are read again.
        known = (seen.added < state.horizon) | (np.isin(seen.stories, there) & (seen.again == 0))
        waiting = seen.where(~known).stories
        if len(waiting):
            seen = seen.where(known)
            segments, there, rekeyed = _read(connection, seen.stories)
        view = before.grown(seen, segments, horizon=state.horizon)
        # Deleted since it was entered, or changed between two statements: an older snapshot has other keys of it.
        doubtful = np.union1d(np.setdiff1d(seen.stories, there), np.setdiff1d(rekeyed, view.again.stories))
        if len(doubtful):
            ended = np.full(len(doubtful), _next_transaction(connection))
            view = view._replace(again=view.again.and_also(Entries(ended, doubtful, np.ones_like(doubtful))))
        moving = np.setdiff1d(view.again.stories[view.again.added >= state.horizon], seen.stories)
        moving = np.union1d(moving, waiting)
        return view, view._replace(tail=(*view.tail, *_read(connection, moving)[0]))

    def _listed(self, connection: psycopg.Connection[Row]) -> tuple[_State, View]:
        """The state and the list of runs, without anything of the tail."""
        with connection.cursor(binary=True) as cursor:
            (row,) = cursor.execute(_LISTED, (0,)).fetchall()
        state = _State.of(row)
        columns = [[] if column is None else column.tolist() for column in row[7:]]
        runs = tuple(sorted((Run(*run) for run in zip(*columns, strict=True)), key=lambda run: run.postings))
        known = (
            self._views[-1].filters if self._views and self._views[-1].generation[:2] == state.generation[:2] else {}
        )
        filters: dict[int, Filter] = {}
        room = _FILTER_BYTES
        for run in runs:
            room -= filter_bytes(run.postings)
            found = known.get(run.number) or (_filter(connection, run) if room >= 0 else None)
            if room >= 0 and found is not None:
                filters[run.number] = found
        return state, View(state.generation, runs, filters, 0, _NO_ENTRIES, _NO_ENTRIES, 0, ())


class _State(NamedTuple):
    """What a snapshot tells of the index: see `View`; with the entries that were asked for."""

    generation: tuple[int, int, int]
    horizon: int
    entries: Entries

    @classmethod
    def of(cls, row: Row) -> _State:
        entries = _NO_ENTRIES if row[4] is None else Entries(*row[4:7])
        return cls(row[:3], row[3], entries)


def _state(connection: psycopg.Connection[Row], horizon: int) -> _State:
    with connection.cursor(binary=True) as cursor:
        (row,) = cursor.execute(_STATE, (horizon,)).fetchall()
    return _State.of(row)


def _filter(connection: psycopg.Connection[Row], run: Run) -> Filter | None:
    with connection.cursor(binary=True) as cursor:
        cursor.execute("SELECT bits FROM index_filters WHERE run = %s ORDER BY piece", (run.number,))
        bits = b"".join(piece for (piece,) in cursor)
    return Filter(np.frombuffer(bits, np.uint8)) if bits else None


def _next_transaction(connection: psycopg.Connection[Row]) -> int:
    """A number above those of all transactions whose work the connection may have seen."""
    ((number,),) = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchall()
    return int(number)


def _read(connection: psycopg.Connection[Row], stories: Keys) -> tuple[list[Segment], Keys, Keys]:
    """The postings of stories, which of them are there, and which of these had other keys before."""
    segments: list[Segment] = []
    there: list[int] = []
    rekeyed: list[int] = []
    sql = "SELECT key, postings, rekeyed FROM story_postings WHERE key = ANY(%s)"
    with connection.cursor(binary=True) as cursor:
        for first in range(0, len(stories), _READ.stories):
            for rows in _READ.cut(cursor.execute(sql, (distinct(stories[first : first + _READ.stories]),))):
                segments.append(build(*stored_postings(row[:2] for row in rows), applied=0))
                there += [row[0] for row in rows]
                rekeyed += [row[0] for row in rows if row[2]]
    return segments, np.array(there, np.int64), np.array(rekeyed, np.int64)


def _tidy(tail: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Merge segments of like size, so that a look-up meets few."""
    like: defaultdict[int, list[Segment]] = defaultdict(list)
    for segment in tail:
        like[int(np.log(max(len(segment.postings), 1)) / np.log(_FAN))].append(segment)
    if all(len(segments) < _FAN for segments in like.values()):
        return tail
    tidied: list[Segment] = []
    for segments in like.values():
        none = [_NOTHING] * len(segments)
        tidied += segments if len(segments) < _FAN else [Merge(segments, none, applied=0).in_memory()]
    return tuple(tidied)
