"""Which keys a run cannot hold: a Bloom filter for each run, kept in memory by every process.

Most keys of a story are nobody else's. A filter with two bits set for each posting (Bloom 1970) lets three to eight in
a hundred of them through, so that the server is asked for the blocks of keys that are likely there, and for few others.
Runs never change, so neither do their filters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twicetold.store.sqlite.index.segment import KEY_BITS, Packed

MOST_FILTERED = 2**26
"""Postings of the largest run that has a filter, of 64 to 128 MB."""
_BITS_A_POSTING = 6
"""At least; up to twice as many."""
_ODD = np.uint64(0xD1B54A32D192ED03)
_MASK = np.uint64((1 << KEY_BITS) - 1)


def filter_bytes(postings: int) -> int:
    """How long the filter of so many postings is: a power of two."""
    return 1 << max((postings * _BITS_A_POSTING // 8).bit_length(), 3)


class Filter:
    """Bits at places that follow from short keys."""

    def __init__(self, bits: NDArray[np.uint8]) -> None:
        self.bits = bits
        self._shift = np.uint64(KEY_BITS - (8 * len(bits)).bit_length() + 1)

    @classmethod
    def for_postings(cls, count: int) -> Filter:
        """One with room for so many, and nothing in it."""
        return cls(np.zeros(filter_bytes(count), np.uint8))

    def add(self, keys: Packed) -> None:
        """Enter short keys."""
        for places in self._places(keys):
            np.bitwise_or.at(self.bits, (places >> 3).astype(np.intp), (1 << (places & 7)).astype(np.uint8))

    def may_hold(self, keys: Packed) -> NDArray[np.bool_]:
        """Of each key whether it may have been entered."""
        one, other = (
            (self.bits[(at >> 3).astype(np.intp)] >> (at & 7).astype(np.uint8)) & 1 for at in self._places(keys)
        )
        return (one & other).astype(np.bool_)

    def _places(self, keys: Packed) -> tuple[Packed, Packed]:
        return keys >> self._shift, ((keys * _ODD) & _MASK) >> self._shift
