"""The recent postings of a SQLite store, kept in memory by each process."""

from __future__ import annotations

import threading
from typing import NamedTuple

import apsw
import numpy as np
from numpy.typing import NDArray

from twicetold.store.sqlite.index.filters import Filters
from twicetold.store.sqlite.index.runs import EMPTY, Run, chosen, insert, merge, unpack
from twicetold.store.sqlite.index.state import PARTS, State, part_of, rows_of

KEPT = 256
"""Stories kept under one key, more than a look-up ever reads, so that some may be deleted."""
_FRESH_REMEMBERED = 24
"""Fresh runs in memory, of up to .6 MB each; there are seldom more than twenty, others were merged or spilled."""


class Hot(NamedTuple):
    """All postings in spilled runs that no sweep had moved to the pages yet, at one state.

    It serves later states, too, until the next spill: for the parts whose `swept` is still the same.
    """

    spills: int
    last_run: int
    swept: NDArray[np.int64]
    run: Run

    def serves(self, now: State) -> bool:
        """Whether nothing that a state has in spilled runs alone is missing."""
        return self.spills == now.spills and bool((self.swept <= now.swept).all())


_NOTHING = Hot(-1, 0, np.zeros(PARTS, np.int64), EMPTY)


class HotCache:
    """Fresh runs by number, the latest hot postings, and the filters of the pages, of one process.

    What is remembered is committed and never changes, so threads share it and a snapshot of any age finds its own
    state. A transaction that writes works on a copy: its numbers may be given out again if it fails.
    """

    def __init__(self, filters: Filters | None = None) -> None:
        self._fresh: dict[int, Run] = {}
        self._hot = _NOTHING
        self._making = threading.Lock()
        self.filters = filters or Filters()

    def copy(self) -> HotCache:
        """A cache that starts with the same content."""
        other = HotCache(self.filters)
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
                ((data,),) = rows_of(connection, "SELECT packed FROM posting_runs WHERE number = ?", (number,))
                run = self._fresh[number] = unpack(data)
            runs.append(run)
        if len(self._fresh) > _FRESH_REMEMBERED:
            self._fresh = dict(zip(numbers, runs, strict=True))
        return runs

    def hot(self, connection: apsw.Connection, now: State) -> Hot:
        """Hot postings that serve a state, made from those remembered unless these are later.

        By one thread at a time: after a spill all want the same, and each would take 30 MB while it makes them.
        """
        if (known := self._hot).serves(now):
            return known
        with self._making:
            return known if (known := self._hot).serves(now) else self._made(connection, now)

    def _made(self, connection: apsw.Connection, now: State) -> Hot:
        before = self._hot if self._hot.spills < now.spills else _NOTHING
        stay = (now.swept == before.swept)[part_of(before.run.keys)]
        run, last = chosen(before.run, stay), before.last_run
        sql = "SELECT number, packed FROM posting_runs WHERE spilled = 1 AND number > ? ORDER BY number"
        added = []
        for last, data in rows_of(connection, sql, (before.last_run,)):
            spilled = unpack(data)
            added.append(chosen(spilled, now.swept[part_of(spilled.keys)] < last))
        run = insert(run, added[0], most=KEPT) if len(added) == 1 else merge([run, *added], most=KEPT)
        hot = Hot(now.spills, last, now.swept, run)
        if hot.spills > self._hot.spills:
            self._hot = hot
        return hot
