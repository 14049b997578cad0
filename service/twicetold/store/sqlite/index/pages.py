"""Pages of the index: small sorted rows of postings, addressed by the leading bits of their keys.

A posting takes eight bytes: 32 bits of its key, those that follow the part, and the story. So keys have `KEY_BITS`.
"""

from __future__ import annotations

import itertools

import apsw
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import leading
from twicetold.store.sqlite.index import filters, runs
from twicetold.store.sqlite.index.filters import Filters
from twicetold.store.sqlite.index.runs import Run
from twicetold.store.sqlite.index.state import LEVELS, PARTS, State, inside, part_of, rows_of

KEY_BITS = 40
"""The leading bits of keys that count: 8 for the part, 32 in it. Among a billion postings one key in a thousand meets
another with the same bits, whose story is then compared, and matches nothing."""
_PAGE = 128
"""The most postings of a page, on average; at least half. Some ten pages fill a leaf of the database."""
_READ = 512
"""Pages searched at a time, 400 KB: they stay in the processor's cache. Of 8192 at a time each took a third longer."""


class Pages:
    """The pages of all levels and parts, on one connection."""

    def __init__(self, connection: apsw.Connection, known: Filters) -> None:
        self._connection = connection
        self._filters = known
        self._written = False

    def read(self, level: int, part: int) -> Run:
        """All that the pages of a part hold."""
        rows = rows_of(
            self._connection, "SELECT data FROM posting_pages WHERE page >= ? AND page < ? ORDER BY page",
            _range(level, part),
        )  # fmt: skip
        return _unpacked([data for (data,) in rows], np.uint64(part))

    def write(self, level: int, part: int, run: Run) -> int:
        """Write the pages of a part anew, and their filter; returns the bits that number them."""
        self.clear(level, part)
        bits = max(int(len(run.keys) / _PAGE).bit_length(), 1)
        # All pages, also without postings: who finds asks for any.
        starts = np.arange(1 << bits, dtype=np.uint64) << np.uint64(56 - bits) | np.uint64(part << 56)
        cuts = [*run.keys.searchsorted(starts).tolist(), len(run.keys)]
        packed = _packed(run).data.cast("B")
        data = apsw.carray(tuple(packed[8 * a : 8 * b] for a, b in itertools.pairwise(cuts)))
        first, _ = _range(level, part)
        self._connection.execute("INSERT INTO posting_pages SELECT ? + rowid - 1, value FROM carray(?)", (first, data))
        self._connection.execute(
            "REPLACE INTO posting_filters VALUES (?, ?)", (level * PARTS + part, filters.pack(run.keys, level))
        )
        return bits

    def clear(self, level: int, part: int) -> None:
        """Delete the pages of a part."""
        self._written = True
        self._connection.execute("DELETE FROM posting_pages WHERE page >= ? AND page < ?", _range(level, part))

    def find(
        self, wanted: NDArray[np.uint64], now: State, *, most: int
    ) -> list[tuple[NDArray[np.intp], NDArray[np.uint32]]]:
        """The first `most` stories under each of the sorted keys, as `runs.find` gives them, in pieces."""
        return [found for level in LEVELS for found in self._found(level, wanted, now, most)]

    def _found(
        self, level: int, wanted: NDArray[np.uint64], now: State, most: int
    ) -> list[tuple[NDArray[np.intp], NDArray[np.uint32]]]:
        bits = now.bits[level, part_of(wanted)]
        held = bits > 0
        if not self._written:  # what is written here could be rolled back, and its filters be taken for others
            held &= self._filters.may_hold(self._connection, now, level, wanted)
        paged = np.flatnonzero(held)
        page_of = _page_of(level, wanted[paged], bits[paged].astype(np.uint64))
        starts = [*np.flatnonzero(leading(page_of))[::_READ].tolist(), len(paged)]
        found = []
        for first, last in itertools.pairwise(starts):
            pages = page_of[first:last]
            asked = pages[leading(pages)]
            rows = rows_of(
                self._connection, "SELECT data FROM carray(?) CROSS JOIN posting_pages ON page = value",
                (apsw.carray(asked),),
            )  # fmt: skip
            data = [data for (data,) in rows]
            parts = (asked >> 40).astype(np.uint64) % np.uint64(PARTS)
            lengths = np.fromiter(map(len, data), np.intp, len(data)) // 8
            run, mine = _unpacked(data, parts.repeat(lengths)), paged[first:last]
            positions, stories = runs.find(run, wanted[mine], most=most)
            found.append((mine[positions], stories))
        return found


def size_of(bits: int) -> int:
    """About how many postings the pages hold that are numbered by so many bits; of one bit there may be none."""
    return (3 * _PAGE << bits) // 4 if bits > 1 else 0


def _packed(run: Run) -> NDArray[np.uint64]:
    """Eight bytes a posting: of its key the bits after the part, then its story, for keys have no more bits."""
    packed = run.keys << np.uint64(8)
    packed |= run.stories
    return packed.astype("<u8", copy=False)


def _unpacked(pages: list[bytes], parts: NDArray[np.uint64] | np.uint64) -> Run:
    """The run in the bytes of pages that follow each other; `parts` is that of each posting, or of all."""
    packed = np.frombuffer(b"".join(pages), "<u8")
    keys = packed >> np.uint64(32)
    keys <<= np.uint64(24)
    keys |= parts << np.uint64(56)
    return Run(keys, packed.astype(np.uint32))


def _range(level: int, part: int) -> tuple[int, int]:
    return (level * PARTS + part) << 40, (level * PARTS + part + 1) << 40


def _page_of(level: int, keys: NDArray[np.uint64], bits: NDArray[np.uint64] | np.uint64) -> NDArray[np.int64]:
    """The pages of keys: their level and part, then the bits of the key that follow it (at least one)."""
    part = (keys >> np.uint64(56)) + np.uint64(level * PARTS)
    return ((part << np.uint64(40)) | inside(keys, bits)).view(np.int64)
