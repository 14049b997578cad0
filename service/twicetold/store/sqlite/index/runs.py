"""Sorted runs of postings as arrays: packing, merging, searching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import leading, ranges

_PACKED = np.dtype([("key", "<u8"), ("story", "<u4")])
ALL = 2**62
"""More stories than any key has."""
MOST_STORIES = 2**32 - 1
"""Story numbers of a run have 32 bits."""


class Run(NamedTuple):
    """Postings in the order of their keys (unsigned), stories of one key ascending, no pair twice."""

    keys: NDArray[np.uint64]
    stories: NDArray[np.uint32]


EMPTY = Run(np.empty(0, np.uint64), np.empty(0, np.uint32))
_NO_PLACES = np.empty(0, np.intp)


def pack(run: Run) -> bytes:
    """Twelve bytes a posting."""
    packed = np.empty(len(run.keys), _PACKED)
    packed["key"], packed["story"] = run.keys, run.stories
    return packed.tobytes()


def unpack(data: bytes) -> Run:
    """The run in packed bytes."""
    packed = np.frombuffer(data, _PACKED)
    return Run(np.ascontiguousarray(packed["key"]), np.ascontiguousarray(packed["story"]))


def merge(runs: Sequence[Run], *, most: int) -> Run:
    """One run of several, sorted or not, with the earliest `most` stories of each key.

    Quickest with sorted runs, older ones first.
    """
    runs = [run for run in runs if len(run.keys)]
    if not runs:
        return EMPTY
    keys = np.concatenate([run.keys for run in runs])
    stories = np.concatenate([run.stories for run in runs])
    order = np.argsort(keys, kind="stable")  # finds the sorted stretches and merges them
    return _tidied(keys[order], stories[order], most)


def insert(run: Run, added: Run, *, most: int) -> Run:
    """What `merge` makes of two sorted runs, for less if the second is much the shorter."""
    at = np.searchsorted(run.keys, added.keys, side="right") + np.arange(len(added.keys))
    old = np.ones(len(run.keys) + len(added.keys), np.bool_)
    old[at] = False
    keys, stories = np.empty(len(old), np.uint64), np.empty(len(old), np.uint32)
    keys[at], stories[at] = added
    keys[old], stories[old] = run
    return _tidied(keys, stories, most)


def _tidied(keys: NDArray[np.uint64], stories: NDArray[np.uint32], most: int) -> Run:
    """Keys are sorted; put the stories of each in order, once, and cut."""
    repeats = np.flatnonzero(keys[1:] == keys[:-1])  # few: most keys belong to one story
    mixed = keys[repeats[stories[repeats + 1] < stories[repeats]]]
    if len(mixed):  # of millions of keys some hundreds, so only their stories are sorted
        mixed = mixed[leading(mixed)]
        first = keys.searchsorted(mixed)
        places = ranges(first, keys.searchsorted(mixed, side="right") - first)
        stories[places] = stories[places][np.lexsort((stories[places], keys[places]))]
    twice = repeats[stories[repeats + 1] == stories[repeats]]
    if len(twice):
        keys, stories = np.delete(keys, twice), np.delete(stories, twice)
    return Run(keys, stories) if len(repeats) < most else chosen(Run(keys, stories), leading(keys, most))


def find(run: Run, wanted: NDArray[np.uint64], *, most: int) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """The first `most` stories under each of the sorted keys: positions in `wanted` and stories, of one length."""
    if not len(run.keys):
        return _NO_PLACES, EMPTY.stories
    first = run.keys.searchsorted(wanted)
    there = (run.keys.take(first, mode="clip") == wanted).nonzero()[0]
    if not len(there):  # as in most runs for a text that is new
        return there, EMPTY.stories
    first = first[there]
    counts = np.minimum(run.keys.searchsorted(wanted[there], side="right") - first, most)
    if counts.max() == 1:  # as in most fresh runs
        return there, run.stories[first]
    return np.repeat(there, counts), run.stories[ranges(first, counts)]


def between(run: Run, low: int, high: int) -> Run:
    """The part of a run with `low <= key < high`."""
    first = int(np.searchsorted(run.keys, np.uint64(low)))
    last = len(run.keys) if high >= 2**64 else int(np.searchsorted(run.keys, np.uint64(high)))
    return Run(run.keys[first:last], run.stories[first:last])


def chosen(run: Run, kept: NDArray[np.bool_]) -> Run:
    """The postings that a mask keeps."""
    return run if kept.all() else Run(run.keys[kept], run.stories[kept])
