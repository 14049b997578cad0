"""The recent postings of a SQLite store, kept in memory by each process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw
import numpy as np
from numpy.typing import NDArray

from service.store.session import Row
from service.store.sqlite.runs import EMPTY, Run, chosen, insert, merge, unpack

PARTS = 256
"""Parts of the key space, by the top eight bits; one is swept at a time."""
KEPT = 256
"""Stories kept under one key, more than a look-up ever reads, so that some may be deleted."""
_FRESH_REMEMBERED = 64


class State(NamedTuple):
    """What one snapshot of the database says: which postings lie in runs, which in pages.

    spills: counts up. next_part: is swept next. bits: of each part, its pages are numbered by so many bits of the key.
    swept: of each part, its postings in spilled runs up to this one lie in pages now.
    """

    spills: int
    next_part: int
    bits: NDArray[np.uint8]
    swept: NDArray[np.int64]


class Hot(NamedTuple):
    """All postings in spilled runs that no sweep had moved to the pages yet, at one state.

    It serves later states, too, until the next spill: for the parts whose `swept` is still the same.
    """

    spills: int
    last_run: int
    swept: NDArray[np.int64]
    run: Run


_NOTHING = Hot(-1, 0, np.zeros(PARTS, np.int64), EMPTY)


def rows_of(connection: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query, whose types its author knows."""
    return connection.execute(sql, values).fetchall()


def state(connection: apsw.Connection) -> State:
    """The state in the connection's snapshot."""
    ((spills, next_part, bits, swept),) = rows_of(
        connection, "SELECT spills, next_part, bits, swept FROM posting_state"
    )
    return State(spills, next_part, np.frombuffer(bits, np.uint8), np.frombuffer(swept, "<i8"))


def part_of(keys: NDArray[np.uint64]) -> NDArray[np.intp]:
    """The parts of keys."""
    return (keys >> np.uint64(56)).astype(np.intp)


class HotCache:
    """Fresh runs by number and the latest hot postings of one process.

    What is remembered is committed and never changes, so threads share it and a snapshot of any age finds its own
    state. A transaction that writes works on a copy: its numbers may be given out again if it fails.
    """

    def __init__(self) -> None:
        self._fresh: dict[int, Run] = {}
        self._hot = _NOTHING

    def copy(self) -> HotCache:
        """A cache that starts with the same content."""
        other = HotCache()
        other._fresh, other._hot = dict(self._fresh), self._hot
        return other

    def fresh(self, connection: apsw.Connection) -> list[Run]:
        """The runs that no spill has taken yet, oldest first."""
        sql = "SELECT number FROM posting_runs WHERE spilled = 0 ORDER BY number"
        numbers = [number for (number,) in rows_of(connection, sql)]
        runs = []
        for number in numbers:
            run = self._fresh.get(number)
            if run is None:
                ((data,),) = rows_of(connection, "SELECT data FROM posting_runs WHERE number = ?", (number,))
                run = self._fresh[number] = unpack(data)
            runs.append(run)
        if len(self._fresh) > _FRESH_REMEMBERED:
            self._fresh = dict(zip(numbers, runs, strict=True))
        return runs

    def hot(self, connection: apsw.Connection, now: State) -> Hot:
        """Hot postings that serve a state, made from those remembered unless these are later."""
        known = self._hot
        if known.spills == now.spills and (known.swept <= now.swept).all():
            return known
        before = known if known.spills < now.spills else _NOTHING
        stay = (now.swept == before.swept)[part_of(before.run.keys)]
        run, last = chosen(before.run, stay), before.last_run
        sql = "SELECT number, data FROM posting_runs WHERE spilled = 1 AND number > ? ORDER BY number"
        added = []
        for last, data in rows_of(connection, sql, (before.last_run,)):
            spilled = unpack(data)
            added.append(chosen(spilled, now.swept[part_of(spilled.keys)] < last))
        run = insert(run, added[0], most=KEPT) if len(added) == 1 else merge([run, *added], most=KEPT)
        hot = Hot(now.spills, last, now.swept, run)
        if hot.spills > self._hot.spills:
            self._hot = hot
        return hot
