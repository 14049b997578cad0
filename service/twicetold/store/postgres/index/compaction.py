"""Flushes the tail into runs and merges these, one process of all at a time.

A run is written a piece at a time, each in a short transaction: its row in `index_runs` first, not `listed`, then its
blocks. One more transaction lists it and unlists what it takes the place of. Whatever ends the process before that
leaves a run that nobody looks into, which the next compaction deletes. A long transaction would hold up vacuum, and
with it what each look-up has to read of the tail.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from math import log
from typing import NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from twicetold.domain.errors import Unavailable
from twicetold.domain.fingerprint.shingles import distinct
from twicetold.domain.model import Keys
from twicetold.store.port import Row
from twicetold.store.postgres.distributing import UNENDED, is_distributed
from twicetold.store.postgres.index.blocks import RANGES, Block, RangePostings, Run, bits_for, split
from twicetold.store.postgres.index.filters import MOST_FILTERED, Filter
from twicetold.store.queries.indexing import Amount, stored_postings
from twicetold.store.sqlite.index.segment import Packed, short
from twicetold.usecases.ports import Progress

FLUSH_AT = 8192
"""Stories that wait before they are flushed: some 10 MB in each process."""
_FLUSHED = Amount(stories=2**15, postings=2**22)
"""What goes into one run that is flushed, at most: 150 MB while it is made."""
_FAN = 4
"""Runs of like size that are merged into one: every posting is written some four times on the way to a million
stories."""
_VOID = 0.5
"""The share of gone stories from which a run is written anew. A store that forgets its oldest stories does so each time
that half of what a run held is gone: that writes its bytes once more, all told."""
_MERGED_AT_ONCE = 2**20
"""Postings of whole ranges that are read at a time, some 50 MB; of one range at least."""
_WRITTEN_AT_ONCE = 2**18
"""Postings that are written in one transaction, about; of one range at least."""
_STORIES_AT_ONCE = 2**20
_SAMPLED = 1024
"""Stories of a run by which it is told how many are gone."""
_PIECE = 2**20
"""Bytes of a filter in a row."""
_READ_ON = timedelta(seconds=90)
"""For so long a run that is not listed any more stays on a distributed server. Its nodes share no snapshot: a look-up
that has read the list before may come to the blocks later, as late as its transaction may last."""
_LOCK = 0x7477_6963_6570_6F73
_ALONE_SECONDS = 3600

Connecting = Callable[[], AbstractContextManager[psycopg.Connection[Row]]]
"""Gives the connection of a transaction that reads what is committed; committed when the block ends."""


def untold(done: int, of: int) -> None:
    """Tell nobody of progress."""


class LostRight(Unavailable):
    """Another process compacts by now: the connection that kept it away was lost."""


class _Listed(NamedTuple):
    """A run that look-ups read, and how many stories it was made with."""

    run: Run
    stories: int


class Compaction:
    """What one process does to the index of a database."""

    def __init__(self, connecting: Connecting, *, progress: Progress = untold) -> None:
        self._connecting = connecting
        self._progress = progress
        self._right = secrets.token_hex(8)

    def run(self, *, flush_at: int = FLUSH_AT) -> bool:
        """Flush and merge until nothing is left to do; whether no other process was at it."""
        with self._alone() as mine:
            while mine and (self._flush(flush_at) or self._merge()):
                pass
            return mine

    def rebuild(self) -> bool:
        """Make all runs anew from the stories, while look-ups go on in the old; whether no other process was at it."""
        with self._alone() as mine:
            if not mine:
                return False
            with self._connecting() as connection:
                tail = _tail(connection, most=None)
                old = [listed.run.number for listed in _runs(connection)]
                ((total,),) = connection.execute("SELECT COUNT(*) FROM story_postings").fetchall()
            new: list[int] = []
            last = done = 0
            while rows := self._stored_after(last):
                new += self._written(rows)
                last, done = rows[-1][0], done + len(rows)
                self._progress(done, total)
            self._list(new, instead_of=old, flushed=tail)
            while self._merge():
                pass
            return True

    def _stored_after(self, last: int) -> list[Row]:
        with self._connecting() as connection, connection.cursor(binary=True) as cursor:
            sql = "SELECT key, postings FROM story_postings WHERE key > %s ORDER BY key LIMIT %s"
            rows = cursor.execute(sql, (last, _FLUSHED.stories))
            return next(_FLUSHED.cut(rows), [])

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether this is the only compaction while the block runs; what earlier ones left is deleted then.

        Who loses the connection that holds the lock may be overtaken: then `_writing` refuses the next transaction.
        """
        with self._connecting() as keeping:
            keeping.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{_ALONE_SECONDS}s'")
            ((mine,),) = keeping.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,)).fetchall()
            if mine:
                with self._connecting() as connection:
                    connection.execute("UPDATE index_state SET compaction = %s", (self._right,))
                self._delete_unlisted()
            yield bool(mine)
            if mine:
                self._delete_unlisted()

    @contextmanager
    def _writing(self) -> Iterator[psycopg.Connection[Row]]:
        """A transaction of who may change runs. Raises `LostRight`."""
        with self._connecting() as connection:
            sql = "SELECT 1 FROM index_state WHERE compaction = %s FOR SHARE"
            if not connection.execute(sql, (self._right,)).fetchall():
                raise LostRight("another process works on the index by now; try again in a minute", retry_after=60)
            yield connection

    def _flush(self, flush_at: int) -> bool:
        """Write a run of what waits, if that is so much; whether it did."""
        with self._connecting() as connection:
            ((waiting,),) = connection.execute(
                "SELECT COUNT(*) FROM (SELECT 1 FROM index_tail LIMIT %s) AS few", (flush_at,)
            ).fetchall()
            if waiting < max(flush_at, 1):
                return False
            tail = _tail(connection, most=_FLUSHED.stories)
            if not len(tail[1]):
                return False
            with connection.cursor(binary=True) as cursor:
                sql = "SELECT key, postings FROM story_postings WHERE key = ANY(%s) ORDER BY key"
                rows = next(_FLUSHED.cut(cursor.execute(sql, (distinct(tail[1]),))), [])
                full = len(rows) < cursor.rowcount
        if full:  # the rest waits for the next one
            within = tail[1] <= rows[-1][0]
            tail = (tail[0][within], tail[1][within])
        self._list(self._written(rows), instead_of=[], flushed=tail)
        self._progress(len(rows), 0)
        return True

    def _merge(self) -> bool:
        """Merge some runs of like size, or write one anew of which much is gone; whether it did."""
        with self._connecting() as connection:
            runs = _runs(connection)
            chosen = _alike(runs) or _void(connection, runs)
            if not chosen:
                return False
            first, last = min(run.first for run in chosen), max(run.last for run in chosen)
            alive = _alive(connection, first, last)
        count = sum(run.postings for run in chosen)
        if len(chosen) == 1:
            count = count // 2 + 1
        parts = self._merged(chosen, alive, first)
        new = self._write(Run(0, bits_for(count), first, last, count), parts)
        self._list([new] if new else [], instead_of=[run.number for run in chosen])
        return True

    def _merged(self, runs: Sequence[Run], alive: NDArray[np.bool_], first: int) -> Iterator[RangePostings]:
        """The postings of living stories of some runs, by range."""
        postings = sum(run.postings for run in runs)
        step = min(max(RANGES * _MERGED_AT_ONCE // max(postings, 1), 1), RANGES)
        for low in range(0, RANGES, step):
            of_range: defaultdict[int, list[Packed]] = defaultdict(list)
            for run in runs:
                keys, stories = self._stored(run, np.arange(low, min(low + step, RANGES)))
                living = alive[stories - first]
                for number, values in split(keys[living], stories[living], first=first):
                    of_range[number].append(values)
            for number in sorted(of_range):
                yield RangePostings(number, of_range[number])

    def _stored(self, run: Run, numbers: NDArray[np.intp]) -> tuple[Packed, Keys]:
        with self._connecting() as connection, connection.cursor(binary=True) as cursor:
            ((buckets, lengths, packed),) = cursor.execute(
                "SELECT array_agg(bucket::bigint), array_agg(length(packed)::bigint), string_agg(packed, ''::bytea) "
                "FROM posting_blocks WHERE range = ANY(%s::smallint[]) AND run = %s",
                (numbers, run.number),
            ).fetchall()
        if buckets is None:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        return run.unpack(np.frombuffer(packed, np.uint8), np.repeat(buckets, lengths // run.width))

    def _written(self, rows: Sequence[Row]) -> list[int]:
        """The number of a run of some stories, if they have any keys."""
        keys, stories = stored_postings(rows)
        if not len(keys):
            return []
        first, last = int(stories.min()), int(stories.max())
        parts = (RangePostings(number, [values]) for number, values in split(short(keys), stories, first=first))
        number = self._write(Run(0, bits_for(len(keys)), first, last, len(keys)), parts)
        return [number] if number else []

    def _write(self, shape: Run, parts: Iterable[RangePostings]) -> int | None:
        """Write a run that is not listed yet, and how much is in it; returns its number, or None of an empty one."""
        with self._writing() as connection:
            ((number,),) = connection.execute(
                "INSERT INTO index_runs (run, bits, first_story, last_story) VALUES (nextval('index_run'), %s, %s, %s) "
                "RETURNING run",
                (shape.bits, shape.first, shape.last),
            ).fetchall()
        run = shape._replace(number=number)
        there = np.zeros(run.last - run.first + 1, np.bool_)
        known = Filter.for_postings(shape.postings) if shape.postings <= MOST_FILTERED else None
        postings = 0
        for some in _together(parts):
            with self._writing() as connection:
                _copy(connection, run, ((part.number, block) for part in some for block in part.blocks(run)))
            for part in some:
                there[part.stories] = True
                postings += len(part.values)
                if known is not None:
                    known.add(part.keys)
        if not postings:
            return None
        stories = np.flatnonzero(there) + run.first
        sample = stories[:: -(-len(stories) // _SAMPLED)]
        with self._writing() as connection:
            if known is not None:
                _copy_filter(connection, run, known)
            connection.execute(
                "UPDATE index_runs SET stories = %s, postings = %s, sample = %s WHERE run = %s",
                (len(stories), postings, sample, number),
            )
        return int(number)

    def _list(self, new: Sequence[int], *, instead_of: Sequence[int], flushed: tuple[Keys, Keys] | None = None) -> None:
        """Have look-ups read some runs in place of others, and of stories in the tail."""
        with self._writing() as connection:
            connection.execute("UPDATE index_state SET generation = generation + 1")
            connection.execute(
                "UPDATE index_runs SET listed = run = ANY(%(new)s), "
                "unlisted_at = CASE WHEN run = ANY(%(new)s) THEN NULL ELSE now() END WHERE run = ANY(%(every)s)",
                {"new": np.array(new, np.int64), "every": np.array([*new, *instead_of], np.int64)},
            )
            if flushed is not None:
                connection.execute(
                    "DELETE FROM index_tail t USING unnest(%s::bigint[], %s::bigint[]) AS flushed (added, story) "
                    "WHERE t.added = flushed.added AND t.story = flushed.story",
                    flushed,
                )

    def _delete_unlisted(self) -> None:
        """Delete runs that look-ups do not read any more, or never did."""
        with self._connecting() as connection:
            unlisted = connection.execute(
                "SELECT run FROM index_runs WHERE NOT listed AND (unlisted_at IS NULL OR unlisted_at <= now() - %s)",
                (_READ_ON if is_distributed(connection) else timedelta(0),),
            ).fetchall()
        for (number,) in unlisted:
            for low in range(0, RANGES, RANGES // 8):
                with self._writing() as connection:
                    connection.execute(
                        "DELETE FROM posting_blocks WHERE range = ANY(%s::smallint[]) AND run = %s",
                        (np.arange(low, low + RANGES // 8), number),
                    )
            with self._writing() as connection:
                connection.execute("DELETE FROM index_filters WHERE run = %s", (number,))
                connection.execute("DELETE FROM index_runs WHERE run = %s AND NOT listed", (number,))


def _tail(connection: psycopg.Connection[Row], *, most: int | None) -> tuple[Keys, Keys]:
    """The earliest stories of the tail: who entered each, and the story."""
    with connection.cursor(binary=True) as cursor:
        ((added, stories),) = cursor.execute(
            "SELECT array_agg(added), array_agg(story) "
            f"FROM (SELECT added, story FROM index_tail WHERE added < COALESCE({UNENDED}, {2**63 - 1}) "
            "ORDER BY story LIMIT %s) AS few",
            (most,),
        ).fetchall()
    return (np.empty(0, np.int64), np.empty(0, np.int64)) if added is None else (added, stories)


def _runs(connection: psycopg.Connection[Row]) -> list[_Listed]:
    rows = connection.execute(
        "SELECT run, bits, first_story, last_story, postings, stories FROM index_runs WHERE listed ORDER BY run"
    )
    return [_Listed(Run(*row[:5]), row[5]) for row in rows]


def _alike(runs: Sequence[_Listed]) -> list[Run]:
    """The smallest runs of like size that are enough to be merged."""
    sizes: defaultdict[int, list[Run]] = defaultdict(list)
    for run, stories in runs:
        sizes[int(log(max(stories, FLUSH_AT) / FLUSH_AT) / log(_FAN))].append(run)
    return next((some for _, some in sorted(sizes.items()) if len(some) >= _FAN), [])


def _void(connection: psycopg.Connection[Row], runs: Sequence[_Listed]) -> list[Run]:
    """A run of which much is gone, as its sample tells."""
    for run, _ in runs:
        ((sample,),) = connection.execute("SELECT sample FROM index_runs WHERE run = %s", (run.number,)).fetchall()
        sql = "SELECT COUNT(*) FROM story_postings WHERE key = ANY(%s)"
        ((living,),) = connection.execute(sql, (np.array(sample, np.int64),)).fetchall()
        if living < (1 - _VOID) * len(sample):
            return [run]
    return []


def _alive(connection: psycopg.Connection[Row], first: int, last: int) -> NDArray[np.bool_]:
    """Which stories there are, of all from one to another."""
    alive = np.zeros(last - first + 1, np.bool_)
    with connection.cursor(binary=True) as cursor:
        for low in range(first, last + 1, _STORIES_AT_ONCE):
            sql = "SELECT array_agg(key) FROM story_postings WHERE key BETWEEN %s AND %s"
            ((keys,),) = cursor.execute(sql, (low, min(low + _STORIES_AT_ONCE - 1, last))).fetchall()
            if keys is not None:
                alive[keys - first] = True
    return alive


def _together(parts: Iterable[RangePostings]) -> Iterator[list[RangePostings]]:
    """Parts that are written in one transaction."""
    some: list[RangePostings] = []
    for part in parts:
        some.append(part)
        if sum(len(one.values) for one in some) >= _WRITTEN_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _copy(connection: psycopg.Connection[Row], run: Run, blocks: Iterable[tuple[int, Block]]) -> None:
    sql = "COPY posting_blocks (run, bucket, range, part, packed) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        copy.set_types(["int4", "int4", "int2", "int2", "bytea"])
        for number, block in blocks:
            copy.write_row((run.number, block.bucket, number, block.part, block.packed))


def _copy_filter(connection: psycopg.Connection[Row], run: Run, known: Filter) -> None:
    bits = known.bits.tobytes()
    with connection.cursor() as cursor, cursor.copy("COPY index_filters FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "int4", "bytea"])
        for at in range(0, len(bits), _PIECE):
            copy.write_row((run.number, at // _PIECE, bits[at : at + _PIECE]))
