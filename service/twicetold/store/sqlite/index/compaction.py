"""Flushes the memtable into segment files and merges these: `python -m twicetold.store.sqlite.index.compaction FILE`.

Runs in a process of its own beside those that serve, one for each store at a time. A segment is written whole under
another name, synced, renamed, and only then named in the manifest, in one short transaction. Whatever ends the process
before that (a kill, a full disk) leaves a file that nobody knows, which the next run deletes.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import groupby
from math import log
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import apsw
import numpy as np

from twicetold.domain.model import Keys
from twicetold.store.queries.indexing import Amount, stored_postings
from twicetold.store.sqlite.index import manifest
from twicetold.store.sqlite.index.manifest import State, rows_of
from twicetold.store.sqlite.index.segment import MOST_STORIES, BrokenSegment, Merge, Segment, build, open_segment
from twicetold.store.sqlite.lock import WriterLock

FLUSH_AT = Amount(stories=8192, postings=2**21)
"""What waits before it is flushed: some 10 MB in each process, and a process started for so many costs little."""
_FLUSHED = Amount(stories=2**15, postings=2**22)
"""What goes into one segment that is flushed, at most: 150 MB while it is made."""
_FAN = 6
"""Segments of like size that are merged into one: every posting is written some four times on the way to a million
stories, and a look-up meets up to five segments of each size."""
_VOID = 0.25
"""The share of void stories from which a segment is written anew."""
_KEPT_SECONDS = 60.0
"""A file that left the manifest is kept so long, for whoever read the manifest before."""
_WRITER_SECONDS = 60.0

Progress = Callable[[int, int], None]
"""Told of stories done and stories to do."""


def untold(done: int, of: int) -> None:
    """Tell nobody of progress."""


class _Entry(NamedTuple):
    """A segment of the manifest, with the stories that are void in it."""

    name: str
    segment: Segment
    void: Keys


class Compaction:
    """What one run does to a database."""

    def __init__(self, database: Path, *, progress: Progress = untold) -> None:
        self._folder = manifest.folder_of(database)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = WriterLock(database, timeout=_WRITER_SECONDS)
        self._connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)
        self._connection.set_busy_timeout(int(1000 * _WRITER_SECONDS))
        self._connection.execute("PRAGMA synchronous = FULL")
        self._progress = progress

    def run(self, *, flush_at: Amount = FLUSH_AT) -> None:
        """Flush and merge until nothing is left to do. Raises `OSError` or `apsw.Error` where that cannot be."""
        try:
            self._forget_broken()
            self._delete_unknown()
            while self._flush(flush_at) or self._merge():
                pass
            self._delete_unknown()
        finally:
            self._connection.close()

    def rebuild(self) -> None:
        """Make all segments anew from the stories, while look-ups go on in those there are."""
        # Deleting the manifest first would leave look-ups nothing: the new segments take the place of the old at once.
        try:
            with self._snapshot() as now:
                old = manifest.segment_names(self._connection)
                new = list(self._written(now))
            with self._writing():
                manifest.replace_segments(
                    self._connection, old=old, new=new, covered=now.last_story, applied=now.last_change,
                    oldest=now.last_change,
                )  # fmt: skip
        finally:
            self._connection.close()

    def _written(self, now: State) -> Iterator[tuple[str, int]]:
        stored = self._connection.execute("SELECT key, postings FROM story_postings ORDER BY key")
        for rows in _FLUSHED.cut(stored):
            last = rows[-1][0]
            segment = build(*stored_postings(rows), applied=now.last_change)
            yield self._file(partial(segment.write, store=now.store)), len(segment.stories)
            self._progress(last, now.last_story)

    def _flush(self, flush_at: Amount) -> bool:
        """Write a segment of what waits, if that is so much; whether it did."""
        with self._snapshot() as now:
            if not now.waiting or (now.waiting < flush_at.stories and self._postings(now) < flush_at.postings):
                return False
            rows, covered, applied = self._waiting(now)
        new = []
        if rows:
            segment = build(*stored_postings(rows), applied=now.last_change)
            new = [(self._file(partial(segment.write, store=now.store)), len(segment.stories))]
        self._commit(now, old=[], new=new, covered=covered, applied=applied)
        self._progress(covered, now.last_story)
        return True

    def _waiting(self, now: State) -> tuple[Sequence[tuple[int, bytes]], int, int]:
        """Rows of stories for a segment, and up to which story and which change these are all.

        First those that came, and when these are all, those that changed.
        """
        came = self._connection.execute(
            "SELECT key, postings FROM story_postings WHERE key > ? ORDER BY key", (now.covered,)
        )
        rows = next(_FLUSHED.cut(came), [])
        last = rows[-1][0] if rows else now.covered
        if rows_of(self._connection, "SELECT 1 FROM story_postings WHERE key > ? LIMIT 1", (last,)):
            return rows, last, now.applied
        changes = self._connection.execute(
            "SELECT key, postings, number FROM index_changes JOIN story_postings ON key = story "
            "WHERE number > ? AND story <= ? ORDER BY number",
            (now.applied, now.covered),
        )
        for number, of_one_change in groupby(changes, key=itemgetter(2)):
            more = [*rows, *(row[:2] for row in of_one_change)]
            if rows and next(_FLUSHED.cut(more)) != more:
                return rows, now.last_story, number - 1
            rows = more
        return rows, now.last_story, now.last_change

    def _postings(self, now: State) -> int:
        """How many postings wait of stories that came."""
        sql = "SELECT COALESCE(SUM(LENGTH(postings)), 0) FROM story_postings WHERE key > ?"
        ((size,),) = rows_of(self._connection, sql, (now.covered,))
        return int(size) // 8

    def _merge(self) -> bool:
        """Merge some segments of like size, or write one anew of which much is void; whether it did."""
        with self._snapshot() as now:
            changed, numbers = manifest.changes_after(self._connection, 0)
            names = manifest.segment_names(self._connection)
            entries = [
                _Entry(name, segment, np.intersect1d(changed[numbers > segment.applied], segment.stories))
                for name, segment in zip(names, self._opened(names, now.store), strict=True)
            ]
        chosen = _chosen(entries)
        if not chosen:
            return False
        merge = Merge([entry.segment for entry in chosen], [entry.void for entry in chosen], applied=now.last_change)
        new = []
        if len(merge.stories):
            new = [(self._file(partial(merge.write, store=now.store)), len(merge.stories))]
        self._commit(now, old=[entry.name for entry in chosen], new=new)
        return True

    def _commit(
        self, before: State, *, old: Sequence[str], new: Sequence[tuple[str, int]], covered: int | None = None,
        applied: int | None = None,
    ) -> None:  # fmt: skip
        with self._writing() as current:
            if (current.store, current.generation) != (before.store, before.generation):
                return  # rebuilt meanwhile; the new file is nobody's
            covered = current.covered if covered is None else covered
            applied = current.applied if applied is None else applied
            left = {*manifest.segment_names(self._connection), *(name for name, _ in new)} - set(old)
            oldest = min([applied, *(segment.applied for segment in self._opened(sorted(left), current.store))])
            manifest.replace_segments(
                self._connection, old=old, new=new, covered=covered, applied=applied, oldest=oldest
            )

    def _opened(self, names: Sequence[str], store: bytes) -> list[Segment]:
        return [open_segment(self._folder / name, store) for name in names]

    def _file(self, write: Callable[[Path], None]) -> str:
        """Have a file written and give it its name; what cannot be written whole leaves nothing."""
        name = f"{uuid.uuid4().hex}.segment"
        part = self._folder / f"{name}.part"
        try:
            write(part)
            part.rename(self._folder / name)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name

    def _forget_broken(self) -> None:
        """Start anew where a segment of the manifest is missing or another store's."""
        with self._snapshot() as now:
            names = manifest.segment_names(self._connection)
        try:
            self._opened(names, now.store)
        except BrokenSegment:
            with self._writing():
                manifest.forget_segments(self._connection)

    def _delete_unknown(self) -> None:
        with self._snapshot():
            known = set(manifest.segment_names(self._connection))
        old = time.time() - _KEPT_SECONDS
        for path in self._folder.iterdir():
            unknown = path.suffix == ".segment" and path.name not in known and path.stat().st_mtime < old
            if unknown or path.suffix == ".part":
                path.unlink(missing_ok=True)

    @contextmanager
    def _snapshot(self) -> Iterator[State]:
        self._connection.execute("BEGIN")
        try:
            yield manifest.state(self._connection)
        finally:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _writing(self) -> Iterator[State]:
        with self._lock.held():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield manifest.state(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise


def _chosen(entries: Sequence[_Entry]) -> list[_Entry]:
    """The segments to merge next."""
    like: defaultdict[int, list[_Entry]] = defaultdict(list)
    for entry in entries:
        like[int(log(max(len(entry.segment.stories), FLUSH_AT.stories) / FLUSH_AT.stories) / log(_FAN))].append(entry)
    for _, some in sorted(like.items()):
        if len(some) >= _FAN and sum(len(entry.segment.stories) for entry in some) <= MOST_STORIES:
            return some
    return [entry for entry in entries if len(entry.void) > _VOID * len(entry.segment.stories)][:1]


@contextmanager
def alone(database: Path) -> Iterator[bool]:
    """Whether this is the only compaction of a database while the block runs."""
    folder = manifest.folder_of(database)
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def compact(database: Path, *, flush_at: Amount = FLUSH_AT, progress: Progress = untold) -> bool:
    """Run a compaction unless another one runs; whether it did."""
    with alone(database) as mine:
        if mine:
            Compaction(database, progress=progress).run(flush_at=flush_at)
        return mine


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        compact(Path(sys.argv[1]))
