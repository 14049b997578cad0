"""Looking many hashes up in those of one text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import Hashes

Positions = NDArray[np.intp]
"""Positions in an array or a text."""
Mask = NDArray[np.bool_]
"""Which of the elements of another array are meant."""

_SPARSE = 1
"""Bits of a hash used beyond those that number the hashes: few share a bucket with two others. One more makes a look-up
no faster, and the buckets twice as slow to make."""

_CROWDED = 32
"""Hashes in one bucket from which on a binary search is faster: no text has so many unless it was made to."""


class Lookup:
    """Distinct hashes, sorted, in buckets by their top bits: ten times as fast as a binary search for each.

    A hash table without chains (Knuth, "The Art of Computer Programming", volume 3, 6.4) on whole arrays; it takes for
    granted that hashes are as good as random.
    """

    def __init__(self, hashes: Hashes) -> None:
        self.hashes = hashes
        bits = len(hashes).bit_length() + _SPARSE
        self._below = np.uint64(64 - bits)
        sizes = np.bincount((hashes >> self._below).view(np.int64), minlength=1 << bits)
        self._first = sizes.cumsum() - sizes
        self._largest = int(sizes.max())

    def find(self, asked: Hashes) -> tuple[Positions, Mask]:
        """Look hashes up: the place of each, and whether it is there at all, both as long as `asked`."""
        if not len(self.hashes):
            return np.zeros(len(asked), dtype=np.intp), np.zeros(len(asked), dtype=np.bool_)
        if self._largest > _CROWDED:
            places = self.hashes.searchsorted(asked)
            return places, self.hashes.take(places, mode="clip") == asked
        places = self._first.take((asked >> self._below).view(np.int64))
        for _ in range(self._largest - 1):
            places += self.hashes.take(places, mode="clip") < asked
        return places, self.hashes.take(places, mode="clip") == asked
