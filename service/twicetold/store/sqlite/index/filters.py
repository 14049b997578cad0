"""Which keys the pages of the index may hold, a bit for each slot of the key space, in the memory of each process.

Three of four keys of a new story stand nowhere in the index, and finding that out takes reading a page for each. So, as
the Bloom filters of other log-structured merge trees (Chang et al., "Bigtable", OSDI 2006, section 6), a filter is
asked first. Of a million stories a new one of 99 keys then reads 35 pages; of ten million nearly all, for the size of a
filter is bounded. One bit a key is set, at the place its own leading bits name: keys are hashes already.
"""

from __future__ import annotations

import threading
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

import apsw
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import distinct
from twicetold.store.sqlite.index.state import LEVELS, OLD, PARTS, YOUNG, State, inside, part_of, rows_of

_LARGEST = {OLD: 20, YOUNG: 18}
"""Filters have up to two to this power slots: 128 and 32 KB for each of 256 parts."""
_SLOTS = {OLD: 2, YOUNG: 8}
"""Slots for each posting, or up to twice as many, where that is less: of these two in five are set, or one in eight."""
_READ = 16
"""Filters read from the database at a time, 2 MB."""


def pack(keys: NDArray[np.uint64], level: int) -> bytes:
    """Make the filter of a part from its keys: as many bytes as an eighth of its slots."""
    bits = min(max((_SLOTS[level] * len(keys)).bit_length(), 3), _LARGEST[level])
    slots = np.zeros(1 << bits, np.bool_)
    slots[inside(keys, np.uint64(bits))] = True
    return np.packbits(slots, bitorder="little").tobytes()


class Filters:
    """The filters of all parts, read on first use and anew when their pages were; safe for any number of threads.

    A filter tells of one state of its part. Whoever asks from a snapshot of another learns nothing: every key may be
    held.
    """

    def __init__(self) -> None:
        # mapped, so that where stories are few most of it is never touched; NumPy would ask for huge pages
        mapped = mmap(-1, len(LEVELS) * PARTS << max(_LARGEST.values()) >> 3, MAP_PRIVATE | MAP_ANONYMOUS)
        self._slots = np.frombuffer(mapped, np.uint8).reshape(len(LEVELS) * PARTS, -1)
        self._bits = np.zeros((len(LEVELS), PARTS), np.uint64)
        self._written = np.full((len(LEVELS), PARTS), -1, np.int64)
        self._lock = threading.Lock()

    def may_hold(
        self, connection: apsw.Connection, now: State, level: int, keys: NDArray[np.uint64]
    ) -> NDArray[np.bool_]:
        """Mark the keys that the pages of a level may hold at a state; all others they do not."""
        parts = part_of(keys)
        with self._lock:
            later = self._written[level] < now.written[level]
            if later.any():
                self._read(connection, now, level, distinct(parts[later[parts]]))
            told = ((self._written[level] == now.written[level]) & (self._bits[level] > 0))[parts]
            slot = inside(keys, self._bits[level, parts])
            held = self._slots[level * PARTS + parts, slot >> 3] >> (slot & 7).astype(np.uint8) & 1
        marks: NDArray[np.bool_] = (held == 1) | ~told
        return marks

    def _read(self, connection: apsw.Connection, now: State, level: int, parts: NDArray[np.intp]) -> None:
        for start in range(0, len(parts), _READ):
            wanted = parts[start : start + _READ]
            self._bits[level, wanted] = 0
            self._written[level, wanted] = now.written[level, wanted]
            sql = "SELECT part, slots FROM posting_filters WHERE part IN (SELECT value FROM carray(?))"
            for part, slots in rows_of(connection, sql, (apsw.carray(level * PARTS + wanted.astype(np.int64)),)):
                self._slots[part, : len(slots)] = np.frombuffer(slots, np.uint8)
                self._bits[level, part % PARTS] = (8 * len(slots)).bit_length() - 1
