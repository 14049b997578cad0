"""The inverted index in SQLite: cheap to write at any size, because nothing is put into its place one by one.

A table with a row for each posting would take a hundred writes to random places for every story. Instead (a
log-structured merge tree of three levels, O'Neil et al. 1996):

1. a chunk of stories is written as one sorted *run*; small fresh runs are merged into larger ones;
2. fresh runs of together about a thousand stories are *spilled* into one, which every process keeps in memory;
3. for every spill a few of the 256 parts of the key space are *swept*: what the spilled runs hold of them is merged
   into their young *pages*, small sorted rows addressed by the leading bits of the key. A round over all parts takes 16
   spills. When the young pages of a part hold about an eighth of what the old ones do, they are merged into those.

A look-up searches the few fresh runs and the hot postings in memory, and reads a page for each key that pages may hold
by their *filters*. Runs are written in the transactions of the stories themselves; parts are swept in transactions of
their own that follow, so that other writers get their turn in between. A crash leaves nothing to repair: what is owed
then is swept after the next spill.
"""

from __future__ import annotations

from collections import defaultdict

import apsw
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import distinct, leading
from twicetold.domain.model import Keys
from twicetold.store.sqlite.index import runs
from twicetold.store.sqlite.index.hot import KEPT, HotCache
from twicetold.store.sqlite.index.pages import KEY_BITS, Pages, size_of
from twicetold.store.sqlite.index.runs import Run
from twicetold.store.sqlite.index.state import OLD, PARTS, YOUNG, State, part_of, rows_of, state

_ODD = np.uint64(0x9E3779B97F4A7C15)
_LEADING = ~np.uint64(2 ** (64 - KEY_BITS) - 1)
_SPILL_AT = 90_000
"""Postings: about 900 stories, or two chunks. Of the spills of one round half are in memory on average, 9 MB."""
_SWEPT_PARTS = 16
"""Parts swept for a spill: more keep less in memory, but write the young pages oftener. At a million stories a part is
400,000 postings, 20 MB while all of it is written, which falls to one or two parts of a spill."""
_MOST_OWED = PARTS // 2
"""Parts that may wait to be swept; beyond, whoever adds sweeps at once."""
_FAN = 6
"""Fresh runs of one size that are merged into one."""
_OLD_TO_YOUNG = (6, 7, 8, 9, 10)
"""How many times as many as the young postings of a part the old ones are, at least; not the same for all parts and
always, for then many would reach it in one round."""


class RunPostings:
    """Implements `store.session.Postings` on one connection."""

    def __init__(self, connection: apsw.Connection, cache: HotCache) -> None:
        self._connection = connection
        self._cache = cache
        self._pages = Pages(connection, cache.filters)
        self._writes = False
        self.spilled = False
        """Whether this transaction did, so that sweeping what is owed falls to its writer and to nobody else."""

    def add(self, keys: Keys, stories: Keys) -> None:
        """Enter stories under keys, as one fresh run."""
        if not len(keys):
            return
        self._start_writing()
        keys = _even(keys)
        if self._any("posting_removals"):
            back = _pairs_in(keys, stories, self._marked(keys))
            self._connection.executemany("DELETE FROM posting_removals WHERE posting = ? AND story = ?",
                                         zip(keys[back].tolist(), stories[back].tolist(), strict=True))  # fmt: skip
        added = Run(keys.view(np.uint64), stories.astype(np.uint32))
        self._write_run(runs.merge([added], most=KEPT), spilled=False)
        sizes = rows_of(self._connection, "SELECT number, postings FROM posting_runs WHERE spilled = 0")
        if sum(postings for _, postings in sizes) >= _SPILL_AT:
            self._spill()
        else:
            self._tidy(sizes)

    def _start_writing(self) -> None:
        if not self._writes:
            self._cache, self._writes = self._cache.copy(), True

    def _write_run(self, run: Run, *, spilled: bool) -> int:
        ((number,),) = rows_of(
            self._connection,
            "INSERT INTO posting_runs (spilled, postings, packed) VALUES (?, ?, ?) RETURNING number",
            (int(spilled), len(run.keys), runs.pack(run)),
        )
        return int(number)

    def _tidy(self, sizes: list[tuple[int, int]]) -> None:
        """Merge fresh runs of like size, so that a look-up meets few."""
        like: defaultdict[int, list[int]] = defaultdict(list)
        for number, postings in sizes:
            like[int(np.log(max(postings, 1)) / np.log(_FAN))].append(number)
        for numbers in like.values():
            if len(numbers) >= _FAN:
                self._write_run(self._take_runs(numbers), spilled=False)

    def _take_runs(self, numbers: list[int]) -> Run:
        wanted = apsw.carray(np.array(numbers, dtype=np.int64))
        rows = rows_of(
            self._connection,
            "SELECT packed FROM posting_runs WHERE number IN (SELECT value FROM carray(?)) ORDER BY number",
            (wanted,),
        )
        self._connection.execute("DELETE FROM posting_runs WHERE number IN (SELECT value FROM carray(?))", (wanted,))
        return runs.merge([runs.unpack(data) for (data,) in rows], most=KEPT)

    def _spill(self) -> None:
        """Make one hot run of the fresh ones."""
        fresh = rows_of(self._connection, "SELECT number FROM posting_runs WHERE spilled = 0")
        self._write_run(self._take_runs([number for (number,) in fresh]), spilled=True)
        self._connection.execute("UPDATE posting_state SET spills = spills + 1")
        self.spilled = True
        while self.owed > _MOST_OWED:
            self.sweep()

    @property
    def owed(self) -> int:
        """How many parts wait to be swept."""
        return _owed(state(self._connection))

    def sweep(self) -> None:
        """Move what is hot of the next part to its pages, if one is owed."""
        now = state(self._connection)
        if not _owed(now):
            return
        part = now.next_part
        hot = self._cache.hot(self._connection, now)
        after = State(now.spills, (part + 1) % PARTS, now.swept.copy(), now.bits.copy(), now.written.copy())
        after.swept[part] = hot.last_run
        self._move(part, runs.between(hot.run, part << 56, (part + 1) << 56), after)
        self._connection.execute(
            "UPDATE posting_state SET (spills, next_part, swept_up_to, page_bits, written) = (?, ?, ?, ?, ?)",
            after.packed(),
        )
        self._connection.execute(
            "DELETE FROM posting_runs WHERE spilled = 1 AND number <= ?", (int(after.swept.min()),)
        )

    def _move(self, part: int, hot: Run, after: State) -> None:
        """Put postings to the young pages of a part, or, once these are many, all that is young to the old ones."""
        level, run = YOUNG, runs.insert(self._pages.read(YOUNG, part), hot, most=runs.ALL)
        times = _OLD_TO_YOUNG[(part + int(after.written[OLD, part])) % len(_OLD_TO_YOUNG)]
        if len(run.keys) * times >= size_of(int(after.bits[OLD, part])):
            level, run = OLD, runs.insert(self._pages.read(OLD, part), run, most=runs.ALL)
            self._pages.clear(YOUNG, part)
            after.bits[YOUNG, part], after.written[YOUNG, part] = 0, after.spills
        run = self._without_removals(run, part, done=level == OLD)
        crowded = not leading(run.keys, KEPT).all()
        if level == OLD or crowded:  # in young pages they are passed over, unless they would take the place of others
            run = self._without_gone(run)
        if crowded:
            run = runs.chosen(run, leading(run.keys, KEPT))
        after.bits[level, part], after.written[level, part] = self._pages.write(level, part, run), after.spills
        if level == OLD:
            # Of a story that was gone before the old pages of every part were written nothing is left anywhere.
            self._connection.execute("DELETE FROM posting_gone WHERE spills < ?", (int(after.written[OLD].min()),))

    def _without_gone(self, run: Run) -> Run:
        gone = rows_of(self._connection, "SELECT story FROM posting_gone")
        return runs.chosen(run, ~np.isin(run.stories, np.array(gone, np.uint32).reshape(-1))) if gone else run

    def _without_removals(self, run: Run, part: int, *, done: bool) -> Run:
        """Leave out what was removed from a part. If that was all of it, the removals are `done` with.

        But not those of fresh postings.
        """
        low = part << 56
        first = low - 2**64 if low >= 2**63 else low
        rows = rows_of(
            self._connection,
            "SELECT posting, story FROM posting_removals WHERE posting BETWEEN ? AND ?",
            (first, first + 2**56 - 1),
        )
        if not rows:
            return run
        removed = np.array(rows, dtype=np.int64)
        if done:
            still_fresh = np.zeros(len(removed), np.bool_)
            for fresh in self._cache.fresh(self._connection):
                still_fresh |= _pairs_in(removed[:, 0], removed[:, 1], _pairs_of(runs.between(fresh, low, low + 2**56)))
            self._connection.executemany("DELETE FROM posting_removals WHERE posting = ? AND story = ?",
                                         removed[~still_fresh].tolist())  # fmt: skip
        return runs.chosen(run, ~_pairs_in(run.keys.view(np.int64), run.stories.astype(np.int64), removed))

    def remove(self, keys: Keys, stories: Keys, *, for_good: bool) -> None:
        """Take stories from under keys: marked now, left out by the next sweep of each part."""
        if not len(keys):
            return
        self._start_writing()
        if for_good:
            self._connection.execute(
                "INSERT OR IGNORE INTO posting_gone SELECT value, spills FROM carray(?), posting_state",
                (apsw.carray(distinct(stories.astype(np.int64))),),
            )
            return
        self._connection.executemany("INSERT OR IGNORE INTO posting_removals VALUES (?, ?)",
                                     zip(_even(keys).tolist(), stories.tolist(), strict=True))  # fmt: skip

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest stories under each key."""
        keys = _even(keys)
        unsigned = keys.view(np.uint64)
        order = np.argsort(unsigned, kind="stable")
        wanted = unsigned[order]
        now = state(self._connection)
        some_left = self._any("posting_gone") or self._any("posting_removals")
        most = KEPT if some_left else cap
        found = [
            *self._pages.find(wanted, now, most=most),
            self._find_hot(wanted, now, most=most),
            *(runs.find(run, wanted, most=most) for run in self._cache.fresh(self._connection)),
        ]
        positions = order[np.concatenate([positions for positions, _ in found])]
        stories = np.concatenate([stories for _, stories in found]).astype(np.int64)
        return self._earliest(keys, positions, stories, cap, some_left=some_left)

    def _find_hot(
        self, wanted: NDArray[np.uint64], now: State, *, most: int
    ) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
        hot = self._cache.hot(self._connection, now)
        unswept = np.flatnonzero((hot.swept == now.swept)[part_of(wanted)])  # pages hold all there is of other parts
        positions, stories = runs.find(hot.run, wanted[unswept], most=most)
        return unswept[positions], stories

    def _earliest(
        self, keys: Keys, positions: NDArray[np.intp], stories: Keys, cap: int, *, some_left: bool
    ) -> tuple[NDArray[np.intp], Keys]:
        """Order, drop pairs met twice and what was removed (if `some_left` their keys), and cut."""
        pairs = (positions.astype(np.int64) << 32) | stories  # one number sorts faster than two
        pairs.sort()
        positions, stories = pairs >> 32, pairs & runs.MOST_STORIES
        kept = leading(pairs)
        if some_left:
            kept &= ~self._removed(keys, positions, stories)
        positions, stories = positions[kept], stories[kept]
        earliest = leading(positions, cap)
        return positions[earliest], stories[earliest]

    def _removed(self, keys: Keys, positions: NDArray[np.intp], stories: Keys) -> NDArray[np.bool_]:
        removed = np.zeros(len(stories), np.bool_)
        if not len(stories):
            return removed
        if self._any("posting_gone"):
            gone = rows_of(
                self._connection,
                "SELECT story FROM posting_gone WHERE story IN (SELECT value FROM carray(?))",
                (apsw.carray(distinct(stories)),),
            )
            removed |= np.isin(stories, np.array(gone, dtype=np.int64))
        if self._any("posting_removals"):
            removed |= _pairs_in(keys[positions], stories, self._marked(keys[distinct(positions)]))
        return removed

    def _marked(self, keys: Keys) -> Keys:
        """The rows (key, story) that were removed under some keys."""
        rows = rows_of(
            self._connection,
            "SELECT posting, story FROM posting_removals WHERE posting IN (SELECT value FROM carray(?))",
            (apsw.carray(keys),),
        )
        return np.array(rows, dtype=np.int64).reshape(-1, 2)

    def _any(self, table: str) -> bool:
        return bool(rows_of(self._connection, f"SELECT 1 FROM {table} LIMIT 1"))


def _even(keys: Keys) -> Keys:
    """Give keys other values that are spread evenly, of KEY_BITS leading bits.

    Keys of passages are minima: half of them lie in the lowest twentieth of the key space. Multiplied by an odd number
    they lie anywhere (Knuth, "The Art of Computer Programming", volume 3, section 6.4).
    """
    return ((keys.astype(np.int64, copy=False).view(np.uint64) * _ODD) & _LEADING).view(np.int64)


def _owed(now: State) -> int:
    return (now.spills * _SWEPT_PARTS - now.next_part) % PARTS


def _pairs_of(run: Run) -> Keys:
    """The rows (key, story) of a run."""
    return np.stack((run.keys.view(np.int64), run.stories.astype(np.int64)), axis=1)


def _pairs_in(keys: Keys, stories: Keys, removed: Keys) -> NDArray[np.bool_]:
    """Which of the pairs (key, story) stand among the rows of `removed`."""
    gone = np.zeros(len(keys), np.bool_)
    if not len(removed):
        return gone
    suspects = np.flatnonzero(np.isin(keys, removed[:, 0]) & np.isin(stories, removed[:, 1]))
    pairs = set(map(tuple, removed.tolist()))
    gone[[at for at in suspects.tolist() if (int(keys[at]), int(stories[at])) in pairs]] = True
    return gone
