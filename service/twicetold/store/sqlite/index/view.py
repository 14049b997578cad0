"""The index as one process sees it: segment files, a memtable of what is in none of them yet, and what is void."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import apsw
import numpy as np

from twicetold.domain.errors import Unavailable
from twicetold.domain.model import Keys
from twicetold.store.queries.indexing import Amount, stored_postings
from twicetold.store.sqlite.index import manifest
from twicetold.store.sqlite.index.manifest import State
from twicetold.store.sqlite.index.segment import BrokenSegment, Merge, Segment, build, is_whole, open_segment

MOST_WAITING = 2**16
"""Stories that a memtable takes, some 60 MB. More wait only where segments are being built anew."""
_READ = Amount(stories=4096, postings=2**20)
"""What is read into one segment of the memtable."""
_FAN = 6
"""Segments of like size in the memtable that are merged into one."""


class View(NamedTuple):
    """An index that never changes.

    files: segments by name. recent: the memtable, segments in memory. changed, numbers: stories whose earlier postings
    are void, ascending, and the number of the change. voids: those that are void in each of `files`, then of `recent`.
    """

    state: State
    files: Mapping[str, Segment]
    recent: tuple[Segment, ...]
    changed: Keys
    numbers: Keys
    voids: tuple[Keys, ...]

    def segments(self) -> Iterable[tuple[Segment, Keys]]:
        """Each segment with the stories that are void in it."""
        return zip((*self.files.values(), *self.recent), self.voids, strict=True)


_NOTHING = np.empty(0, np.int64)
_EMPTY = View(State(b"", -1, 0, 0, 0, 0), {}, (), _NOTHING, _NOTHING, ())


class ViewCache:
    """The latest view of one process, for all its threads.

    A view serves any earlier snapshot, too: whoever looks up leaves out the stories that came later. It lacks then what
    was changed or deleted since, of which nothing is to be told any more.
    """

    def __init__(self, database: Path) -> None:
        self._folder = manifest.folder_of(database)
        self._latest = _EMPTY
        self._making = threading.Lock()

    @property
    def recent_postings(self) -> int:
        """How many the memtable holds."""
        return sum(len(segment.postings) for segment in self._latest.recent)

    def view(self, connection: apsw.Connection, *, writing: bool) -> View:
        """A view that serves the connection's snapshot; what is not committed yet (`writing`) is kept for nobody else.

        Raises `Unavailable` while segments are missing or too many stories wait for one.
        """
        now = manifest.state(connection)
        if _serves(self._latest.state, now):
            return self._latest
        with self._making:  # after a commit all threads want the same
            if not _serves(self._latest.state, now):
                made = self._made(connection, now)
                if writing:
                    return made
                self._latest = made
            return self._latest

    def _made(self, connection: apsw.Connection, now: State) -> View:
        before = self._latest if self._latest.state.store == now.store else _EMPTY
        if now.waiting > MOST_WAITING and _too_many(connection, now):
            raise _rebuilding()
        files = before.files
        if before.state.generation != now.generation:
            files = self._opened(manifest.segment_names(connection), before.files, now.store)
        kept = (before.state.covered, before.state.applied) == (now.covered, now.applied)
        recent = before.recent if kept else ()
        last_story, last_change = before.state[-2:] if kept else (now.covered, now.applied)
        changed, numbers = _changes(connection, before, now)
        recent = _tidy((*recent, *_read(connection, now, last_story, last_change)), changed, numbers, now)
        voids = tuple(changed[numbers > segment.applied] for segment in (*files.values(), *recent))
        return View(now, files, recent, changed, numbers, voids)

    def _opened(self, names: Iterable[str], known: Mapping[str, Segment], store: bytes) -> Mapping[str, Segment]:
        try:
            return {name: known.get(name) or open_segment(self._folder / name, store) for name in names}
        except BrokenSegment as broken:
            raise _rebuilding() from broken


def damaged_segments(database: Path, connection: apsw.Connection) -> Iterator[str]:
    """The names of segment files that are missing or do not hold what was written; reads all of them."""
    store, folder = manifest.state(connection).store, manifest.folder_of(database)
    for name in manifest.segment_names(connection):
        try:
            whole = is_whole(folder / name, open_segment(folder / name, store))
        except BrokenSegment:
            whole = False
        if not whole:
            yield name


def _serves(known: State, now: State) -> bool:
    """Whether a view of one state has all that another has; states of one store are of one history."""
    return known.store == now.store and all(had >= has for had, has in zip(known[1:], now[1:], strict=True))


def _changes(connection: apsw.Connection, before: View, now: State) -> tuple[Keys, Keys]:
    if before.state.generation != now.generation:
        return manifest.changes_after(connection, 0)
    if before.state.last_change == now.last_change:
        return before.changed, before.numbers
    changed, numbers = manifest.changes_after(connection, before.state.last_change)
    kept = ~np.isin(before.changed, changed)
    stories = np.concatenate((before.changed[kept], changed))
    order = np.argsort(stories)
    return stories[order], np.concatenate((before.numbers[kept], numbers))[order]


def _too_many(connection: apsw.Connection, now: State) -> bool:
    """Whether the stories that wait are more than a memtable takes; most of the changed ones may be deleted."""
    sql = "SELECT 1 FROM story_postings WHERE key > ? LIMIT 1 OFFSET ?"
    changed = "SELECT 1 FROM index_changes JOIN story_postings ON key = story WHERE number > ? LIMIT 1 OFFSET ?"
    return bool(
        manifest.rows_of(connection, sql, (now.covered, MOST_WAITING))
        or manifest.rows_of(connection, changed, (now.applied, MOST_WAITING))
    )


def _read(connection: apsw.Connection, now: State, last_story: int, last_change: int) -> Iterable[Segment]:
    """Segments of the stories that came after one, and of those up to it that were changed after a change."""
    rows = itertools.chain(
        connection.execute("SELECT key, postings FROM story_postings WHERE key > ? ORDER BY key", (last_story,)),
        connection.execute(
            "SELECT key, postings FROM index_changes JOIN story_postings ON key = story "
            "WHERE number > ? AND story <= ?",
            (last_change, last_story),
        ),
    )
    for some in _READ.cut(rows):
        yield build(*stored_postings(some), applied=now.last_change)


def _tidy(recent: tuple[Segment, ...], changed: Keys, numbers: Keys, now: State) -> tuple[Segment, ...]:
    """Merge segments of like size, so that a look-up meets few."""
    like: defaultdict[int, list[Segment]] = defaultdict(list)
    for segment in recent:
        like[int(np.log(max(len(segment.postings), 1)) / np.log(_FAN))].append(segment)
    if all(len(segments) < _FAN for segments in like.values()):
        return recent
    tidied: list[Segment] = []
    for segments in like.values():
        if len(segments) < _FAN:
            tidied += segments
        else:
            voids = [changed[numbers > segment.applied] for segment in segments]
            tidied.append(Merge(segments, voids, applied=now.last_change).in_memory())
    return tuple(tidied)


def _rebuilding() -> Unavailable:
    return Unavailable("the index of the store is being built anew; send this again later", retry_after=10)
