"""Runs: postings that never change, sorted by key, cut into blocks of some 32 that are rows of `posting_blocks`.

Keys are looked up by their leading bits (`sqlite.index.segment.short`). The first `bits` of these name a *bucket*, the
first eight of them its *range*, the column by which a distributed table would be spread. A posting in a block is one
little-endian integer of five bytes or so: what the bucket does not say of its key, and below that its story, counted
from the first story of the run. A row for each posting takes 84 bytes.

Of one key a block holds LEAST_PARTED stories at most, the earliest; the next ones are in `part` 1 of the bucket, and so
on. So a text with a hundred thousand copies costs a look-up no more than one with some hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import distinct, leading, ranges
from twicetold.domain.model import Keys
from twicetold.store.sqlite.index.segment import KEY_BITS, Packed

RANGE_BITS = 8
RANGES = 1 << RANGE_BITS
PART = 256
"""Stories of one key in one part of a bucket: as many as candidates are read of (`queries.holders.POSTINGS_READ`)."""
_POSTINGS_A_BLOCK = 32
"""On average, and half of that to twice as many. A row takes 66 bytes beside its postings, two for each; to read a
block of 150 bytes costs the server no more than to find it."""
_REST_BITS = KEY_BITS - RANGE_BITS
_REL_BITS = np.uint64(32)
_REL_MASK = np.uint64(2**32 - 1)


class Run(NamedTuple):
    """A run: its number, how many bits name a bucket, the keys of its first and last story, and how many postings."""

    number: int
    bits: int
    first: int
    last: int
    postings: int

    @property
    def story_bits(self) -> int:
        """How many bits of a posting tell its story."""
        return (self.last - self.first).bit_length()

    @property
    def width(self) -> int:
        """Bytes of a posting."""
        return (KEY_BITS - self.bits + self.story_bits + 7) // 8 or 1

    def buckets(self, keys: Packed) -> NDArray[np.int64]:
        """The buckets of short keys."""
        return (keys >> np.uint64(KEY_BITS - self.bits)).astype(np.int64)

    def unpack(self, packed: NDArray[np.uint8], buckets: NDArray[np.int64]) -> tuple[Packed, Keys]:
        """Short keys and stories of packed postings, of which each stands in one of `buckets`."""
        wide = np.zeros((len(buckets), 8), np.uint8)
        wide[:, : self.width] = packed.reshape(-1, self.width)
        values = wide.reshape(-1).view("<u8")
        keys = (values >> np.uint64(self.story_bits)) | (buckets.astype(np.uint64) << np.uint64(KEY_BITS - self.bits))
        stories = (values & np.uint64((1 << self.story_bits) - 1)).astype(np.int64) + self.first
        return keys, stories


def bits_for(postings: int) -> int:
    """How many bits name the buckets of a run of so many postings."""
    return min(max((postings * 2 // (3 * _POSTINGS_A_BLOCK)).bit_length(), RANGE_BITS), KEY_BITS)


class Block(NamedTuple):
    """A row of `posting_blocks` of one run and range."""

    bucket: int
    part: int
    packed: bytes


class RangePostings:
    """The postings of one range of keys of a run that is made: 32 bits of key above, 32 bits of story below, sorted."""

    def __init__(self, number: int, parts: Sequence[Packed]) -> None:
        self.number = number
        self.values = distinct(np.concatenate(parts)) if parts else np.empty(0, np.uint64)

    @property
    def stories(self) -> NDArray[np.intp]:
        """Of each posting the story, counted from the first one of the run."""
        return (self.values & _REL_MASK).astype(np.intp)

    @property
    def keys(self) -> Packed:
        """Of each posting the short key."""
        high = np.uint64(self.number << _REST_BITS)
        return (self.values >> _REL_BITS) | high

    def blocks(self, run: Run) -> Iterator[Block]:
        """Its blocks."""
        if not len(self.values):
            return
        keys, values = self.keys, self.values
        starts = np.flatnonzero(leading(keys))
        rank = np.arange(len(keys)) - np.repeat(starts, np.diff(starts, append=len(keys)))
        buckets, part = run.buckets(keys), rank // PART
        if part.any():
            order = np.lexsort((values, part, buckets))
            keys, values, buckets, part = keys[order], values[order], buckets[order], part[order]
        rest = keys & np.uint64((1 << (KEY_BITS - run.bits)) - 1)
        numbers = (rest << np.uint64(run.story_bits)) | (values & _REL_MASK)
        packed = np.ascontiguousarray(numbers.astype("<u8").view(np.uint8).reshape(-1, 8)[:, : run.width]).tobytes()
        begin = np.flatnonzero(leading(buckets) | leading(part))
        end = np.append(begin[1:], len(keys)) * run.width
        for bucket, of, low, high in zip(
            buckets[begin].tolist(), part[begin].tolist(), (begin * run.width).tolist(), end.tolist(), strict=True
        ):
            yield Block(bucket, of, packed[low:high])


def split(keys: Packed, stories: Keys, *, first: int) -> Iterator[tuple[int, Packed]]:
    """Postings by range, each as `RangePostings` takes them."""
    values = ((keys & np.uint64((1 << _REST_BITS) - 1)) << _REL_BITS) | (stories - first).astype(np.uint64)
    of = (keys >> np.uint64(_REST_BITS)).astype(np.uint8)
    order = np.argsort(of, kind="stable")
    ends = np.cumsum(np.bincount(of, minlength=RANGES))
    for number, (low, high) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
        if high > low:
            yield number, values[order[low:high]]


def of_blocks(packed: NDArray[np.uint8], lengths: NDArray[np.intp], chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The bytes of some blocks, of all that lie one after the other."""
    starts = np.cumsum(lengths) - lengths
    return packed[ranges(starts[chosen], lengths[chosen])]
