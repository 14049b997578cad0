"""A segment: postings that never change, sorted by key, in memory or in a mapped file.

As in Lucene, an index is a few immutable segments, and what is new is written as another one. A posting takes eight
bytes: 40 bits of its key and 24 bits that number the story among those of the segment, so that one array of integers is
sorted by key and, under a key, by story. A table of *fences*, addressed by the leading bits of keys, says where the
postings of each such bucket begin: a look-up reads two places of a file, however long it is.

The file: a header, the stories (uint32), the fences (uint32), the postings (uint64), all little-endian.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import distinct, ranges
from twicetold.domain.model import Keys

Packed = NDArray[np.uint64]

KEY_BITS = 40
"""Leading bits of keys that count. Among a billion postings one look-up in a thousand meets a story that has another
key with the same bits, which is then compared and matches nothing."""
STORY_BITS = 24
MOST_STORIES = 2**STORY_BITS - 1
"""Stories of one segment, at most."""
_STORY_MASK = np.uint64(MOST_STORIES)
_SHIFT = np.uint64(STORY_BITS)
_POSTINGS_A_BUCKET = 4
"""On average at least; up to twice as many. Half a byte of fences for each posting, and three steps to search a
bucket."""
_FEWEST_FENCE_BITS = 4
_FEW = 1024
"""Keys that are looked up one by one, as those of one story are; for more it is cheaper to search all at once."""
_MERGED_AT_ONCE = 2**20
"""Postings of a range that is merged in memory, some 30 MB while it is; up to twice as many."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HEADER = struct.Struct("<8s16sQQQQI4x")
_MAGIC = b"TTSEG\x00\x00\x01"


class BrokenSegment(Exception):  # as the domain's errors, named for what happened
    """A file is missing, cut short, or not the segment that the manifest names."""


class Found(NamedTuple):
    """Postings found: positions among the keys asked for, ascending, with a story each; and of every key how many."""

    positions: NDArray[np.intp]
    stories: Keys


_NOTHING = Found(np.empty(0, np.intp), np.empty(0, np.int64))


class Segment(NamedTuple):
    """Postings sorted by key.

    stories: uint32, ascending. fences: the first posting of each bucket, and at the end how many postings there are.
    postings: key and story number packed. applied: the number of the last change of stories that they take account of.
    """

    stories: NDArray[np.uint32]
    fences: NDArray[np.uint32]
    postings: Packed
    applied: int

    def find(self, keys: Packed, *, most: int, void: Keys) -> Found:
        """The earliest `most` stories under each of the short, sorted keys, leaving out those in `void` (sorted)."""
        first, last = self._bounds(keys)
        there = np.flatnonzero(last > first)
        if not len(there):
            return _NOTHING
        first, count = first[there], (last - first)[there]
        positions: list[NDArray[np.intp]] = []
        stories: list[Keys] = []
        taken = np.zeros(len(there), np.intp)
        step = most
        while len(there):
            now = np.minimum(count, step)
            found = self.stories[self.postings[ranges(first, now)] & _STORY_MASK].astype(np.int64)
            of = np.repeat(np.arange(len(there)), now)
            if len(void):
                live = ~_among(found, void)
                found, of = found[live], of[live]
            rank = np.arange(len(of)) - np.searchsorted(of, of)
            kept = rank + taken[of] < most
            positions.append(there[of[kept]])
            stories.append(found[kept])
            taken += np.bincount(of[kept], minlength=len(there))
            # Deleted stories took places: read on under the keys that have more.
            more = np.flatnonzero((count > now) & (taken < most))
            there, first, count, taken = there[more], (first + now)[more], (count - now)[more], taken[more]
            step *= 4
        if len(positions) == 1:
            return Found(positions[0], stories[0])
        together = np.concatenate(positions)
        order = np.argsort(together, kind="stable")
        return Found(together[order], np.concatenate(stories)[order])

    def _bounds(self, keys: Packed) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the postings of each key begin and end."""
        values = keys << _SHIFT
        if len(keys) < _FEW:
            first = np.searchsorted(self.postings, values)
            high = np.broadcast_to(len(self.postings), len(keys))
        else:
            bits = (len(self.fences) - 1).bit_length() - 1
            bucket = (keys >> np.uint64(KEY_BITS - bits)).astype(np.intp)
            high = self.fences[bucket + 1].astype(np.intp)
            first = self._search(values, self.fences[bucket].astype(np.intp), high)
        last = first.copy()
        # Few keys stand here: only of these the end is looked for.
        hits = np.flatnonzero(first < high)
        hits = hits[self.postings[first[hits]] >> _SHIFT == keys[hits]]
        if len(hits):
            ends = values[hits] | _STORY_MASK  # no story has this number
            last[hits] = (
                np.searchsorted(self.postings, ends)
                if len(keys) < _FEW
                else (self._search(ends, first[hits], high[hits]))
            )
        return first, last

    def _search(self, values: Packed, low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.intp]:
        """The first posting of at least each value, between two places: a binary search of all values at once."""
        low, high = low.copy(), high.copy()
        at = np.flatnonzero(low < high)
        while len(at):
            middle = (low[at] + high[at]) >> 1
            less = self.postings[middle] < values[at]
            low[at[less]] = middle[less] + 1
            high[at[~less]] = middle[~less]
            at = at[low[at] < high[at]]
        return low

    def write(self, path: Path, store: bytes) -> None:
        """Write it as the segment file of a store, synced. Raises `OSError`."""
        with path.open("xb") as file:
            checksum = zlib.crc32(self.postings.data)
            _write_head(file, store, self, postings=len(self.postings), checksum=checksum)
            file.write(self.postings.data)
            _sync(file)


def short(keys: Keys) -> Packed:
    """Give keys the values they are sorted by: KEY_BITS bits, spread evenly.

    Keys of passages are minima: half of them lie in the lowest twentieth of the key space. Multiplied by an odd number
    they lie anywhere (Knuth, "The Art of Computer Programming", volume 3, section 6.4).
    """
    spread: Packed = (np.ascontiguousarray(keys, np.int64).view(np.uint64) * _ODD) >> np.uint64(64 - KEY_BITS)
    return spread


def build(keys: Keys, stories: Keys, *, applied: int) -> Segment:
    """Make a segment of postings in any order: `stories[i]` under `keys[i]`, no more than MOST_STORIES of them."""
    own = distinct(stories).astype(np.uint32)
    number = np.searchsorted(own, stories.astype(np.uint32)).astype(np.uint64)
    postings = distinct((short(keys) << _SHIFT) | number)
    return Segment(own, fences_of(postings), postings, applied)


def fence_bits(postings: int) -> int:
    """How many leading bits of keys address the fences of a segment of so many postings."""
    return min(max((postings // _POSTINGS_A_BUCKET).bit_length() - 1, _FEWEST_FENCE_BITS), KEY_BITS)


def fences_of(postings: Packed) -> NDArray[np.uint32]:
    """The fences of sorted postings."""
    starts = _starts(fence_bits(len(postings)))
    return np.append(np.searchsorted(postings, starts), len(postings)).astype(np.uint32)


def _starts(bits: int) -> Packed:
    """The lowest posting that each bucket could hold."""
    starts: Packed = np.arange(1 << bits, dtype=np.uint64) << np.uint64(KEY_BITS + STORY_BITS - bits)
    return starts


class Merge:
    """Several segments made into one, without the stories that are void in each (sorted), a range of keys at a time."""

    def __init__(self, segments: Sequence[Segment], voids: Sequence[Keys], *, applied: int) -> None:
        self._segments = segments
        self._applied = applied
        self._live = [~_among(each.stories.astype(np.int64), void) for each, void in zip(segments, voids, strict=True)]
        self.stories = distinct(np.concatenate([
            each.stories[live] for each, live in zip(segments, self._live, strict=True)
        ]))  # fmt: skip
        self._numbers = [np.searchsorted(self.stories, each.stories).astype(np.uint64) for each in segments]
        self._most = sum(len(each.postings) for each in segments)

    def in_memory(self) -> Segment:
        """The result as arrays."""
        postings = self._between(0, 1)
        return Segment(self.stories, fences_of(postings), postings, self._applied)

    def write(self, path: Path, store: bytes) -> None:
        """The result as the segment file of a store, synced; in memory are its stories, its fences and one range."""
        bits = fence_bits(self._most)
        ranges = min(max(self._most // _MERGED_AT_ONCE, 1).bit_length() - 1, bits)
        fences = np.zeros((1 << bits) + 1, np.uint32)
        written = checksum = 0
        with path.open("xb") as file:
            file.seek(_HEADER.size + _padding(len(self.stories)) + _padding(len(fences)))
            for number in range(1 << ranges):
                postings = self._between(number, 1 << ranges)
                buckets = slice(number << (bits - ranges), (number + 1) << (bits - ranges))
                fences[buckets] = written + np.searchsorted(postings, _starts(bits)[buckets])
                file.write(postings.data)
                checksum = zlib.crc32(postings.data, checksum)
                written += len(postings)
            fences[-1] = written
            file.seek(0)
            head = Segment(self.stories, fences, np.empty(0, np.uint64), self._applied)
            _write_head(file, store, head, postings=written, checksum=checksum)
            _sync(file)

    def _between(self, number: int, of: int) -> Packed:
        """The postings of one of so many equal ranges of keys."""
        edges = np.array([(number << 64) // of, (((number + 1) << 64) // of) - 1], np.uint64)
        parts = []
        for each, live, numbers in zip(self._segments, self._live, self._numbers, strict=True):
            first, last = np.searchsorted(each.postings, edges[0]), np.searchsorted(each.postings, edges[1], "right")
            part = each.postings[first:last]
            old = part & _STORY_MASK
            parts.append(((part & ~_STORY_MASK) | numbers[old])[live[old]])
        postings = np.concatenate(parts)
        postings.sort()
        return postings


def open_segment(path: Path, store: bytes) -> Segment:
    """Map a segment file. Raises `BrokenSegment` unless it is this store's and as long as its header tells."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        raise BrokenSegment from error
    if len(mapped) < _HEADER.size:
        raise BrokenSegment
    magic, owner, applied, stories, fences, postings, _ = _HEADER.unpack_from(mapped)
    lengths = (_padding(stories), _padding(fences), 8 * postings)
    if (magic, owner) != (_MAGIC, store) or len(mapped) != _HEADER.size + sum(lengths):
        raise BrokenSegment
    mapped.madvise(mmap.MADV_RANDOM)  # a look-up wants one page here and there, not those around it
    start = _HEADER.size
    return Segment(
        np.frombuffer(mapped, "<u4", stories, start),
        np.frombuffer(mapped, "<u4", fences, start + lengths[0]),
        np.frombuffer(mapped, "<u8", postings, start + lengths[0] + lengths[1]),
        applied,
    )


def is_whole(path: Path, segment: Segment) -> bool:
    """Whether a segment file holds what was written: reads all of it."""
    with path.open("rb") as file:
        told = _HEADER.unpack(file.read(_HEADER.size))[-1]
    checksum = 0
    for column in (segment.postings, _padded(segment.stories), _padded(segment.fences)):
        checksum = zlib.crc32(np.ascontiguousarray(column).data, checksum)
    return bool(told == checksum)


def _write_head(file: BinaryIO, store: bytes, head: Segment, *, postings: int, checksum: int) -> None:
    """Write all that stands before the postings, so many of this checksum; `head` may lack them."""
    columns = [_padded(head.stories).data, _padded(head.fences).data]
    for column in columns:
        checksum = zlib.crc32(column, checksum)
    lengths = (len(head.stories), len(head.fences), postings)
    file.write(_HEADER.pack(_MAGIC, store, head.applied, *lengths, checksum))
    for column in columns:
        file.write(column)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _padding(count: int) -> int:
    return (4 * count + 7) // 8 * 8


def _padded(column: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.append(column, np.uint32(0)) if len(column) % 2 else column


def _among(values: Keys, sorted_values: Keys) -> NDArray[np.bool_]:
    """Which values stand among some sorted ones; quicker than `numpy.isin`, which sorts both."""
    if not len(sorted_values):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(sorted_values, values), len(sorted_values) - 1)
    same: NDArray[np.bool_] = sorted_values[at] == values
    return same
