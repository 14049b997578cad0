"""What one snapshot of a SQLite store says of its index: which postings lie in runs, which in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw
import numpy as np
from numpy.typing import NDArray

from twicetold.store.port import Row

PARTS = 256
"""Parts of the key space, by the top eight bits; one is swept at a time."""
OLD, YOUNG = range(2)
LEVELS = (OLD, YOUNG)
"""The pages of a part: nearly all that it holds, and what was moved to them since those were last written."""


class State(NamedTuple):
    """What one snapshot of the database says: which postings lie in runs, which in pages.

    spills: counts up. next_part: is swept next. swept: of each part, its postings in spilled runs up to this one lie in
    pages now. bits: of each level and part, its pages are numbered by so many bits of the key; 0 where it has none.
    written: of each level and part, the count of spills when its pages were last written.
    """

    spills: int
    next_part: int
    swept: NDArray[np.int64]
    bits: NDArray[np.uint8]
    written: NDArray[np.int64]

    def packed(self) -> tuple[int, int, bytes, bytes, bytes]:
        """As a row of `posting_state`."""
        return self.spills, self.next_part, self.swept.tobytes(), self.bits.tobytes(), self.written.tobytes()


def rows_of(connection: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query, whose types its author knows."""
    return connection.execute(sql, values).fetchall()


def state(connection: apsw.Connection) -> State:
    """The state in the connection's snapshot."""
    ((spills, next_part, swept, bits, written),) = rows_of(
        connection, "SELECT spills, next_part, swept_up_to, page_bits, written FROM posting_state"
    )
    return State(
        spills, next_part, np.frombuffer(swept, "<i8"), np.frombuffer(bits, np.uint8).reshape(-1, PARTS),
        np.frombuffer(written, "<i8").reshape(-1, PARTS),
    )  # fmt: skip


def part_of(keys: NDArray[np.uint64]) -> NDArray[np.intp]:
    """The parts of keys."""
    return (keys >> np.uint64(56)).astype(np.intp)


def inside(keys: NDArray[np.uint64], bits: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """The bits of keys that follow their part: so many of them, at least one."""
    return (keys << np.uint64(8)) >> (np.uint64(64) - np.maximum(bits, np.uint64(1)))
