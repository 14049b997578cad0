"""The runs of words that two texts share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.parameters import SHINGLE
from twicetold.domain.fingerprint.shingles import Hashes, leading, multipliers, ranges, shingled
from twicetold.domain.fingerprint.tokens import Spans
from twicetold.domain.matching.lookup import Lookup, Mask
from twicetold.domain.matching.parameters import SHARED_RUN
from twicetold.domain.model import Passage, Words

SEED = 6
"""Words of the runs that are looked up; longer runs are grown from them, shorter ones are not seen."""
_FACTORS = multipliers(b"alignment", 2)
_PLACES = np.uint64((1 << 24) - 1)
"""A seed is sorted as one number, its hash above and its place in the text below; texts have under 2**24 words."""
_REPEATS = 8
"""Of a seed that a text repeats only so many places are paired, which bounds the work on repetitive texts. A run is
still found whole, since it is grown from any one of its seeds."""
LONGEST_RUNS = 512
"""At most so many runs, longest first, are grown and tiled."""

Numbers = NDArray[np.int64]


class Side(NamedTuple):
    """One of two texts that are compared: words, shingles in text order, and which of these the other has, too."""

    words: Words
    grams: Hashes
    shared: Mask


class Seeds(NamedTuple):
    """The runs of SEED words of a text: their hashes, sorted, and where they stand.

    single: no seed stands twice. capped: repeats were left out.
    """

    hashes: Hashes
    places: Numbers
    single: bool
    capped: bool


class Seeded:
    """The words of a text with their seeds, made once, for aligning it with many others."""

    def __init__(self, words: Words) -> None:
        self.words = words

    @cached_property
    def seeds(self) -> Seeds:
        """All seeds of the text."""
        return _sorted(seed_hashes(self.words), np.arange(max(0, len(self.words) - SEED + 1)))

    @cached_property
    def different(self) -> Mask:
        """Which of `seeds` is the first of its kind."""
        return leading(self.seeds.hashes)

    @cached_property
    def lookup(self) -> Lookup:
        """The different seeds."""
        return Lookup(self.seeds.hashes[self.different])

    @cached_property
    def first_places(self) -> Numbers:
        """Where the text has each of `lookup` first."""
        return self.seeds.places[self.different]

    @cached_property
    def repeats(self) -> Numbers:
        """At how many more places it has each of them."""
        return np.diff(self.different.nonzero()[0], append=len(self.different)) - 1


class Run(NamedTuple):
    """Equal words from `a` in one text and `b` in the other."""

    a: int
    b: int
    words: int


def align(a: Seeded, b: Seeded, *, fewest: int = SHARED_RUN) -> list[Passage]:
    """Find the maximal runs of at least `fewest` words that a and b share, in the order of a, none overlapping another.

    Longer runs take precedence; what remains of a run that overlaps a longer one counts if still long enough.
    `align(b, a)` gives the same runs seen from b. Work is near-linear in the words of both, whatever they repeat.
    Greedy string tiling (Wise, 1993) over hashed seeds, on whole arrays.
    """
    if (len(a.words), a.words.tobytes()) > (len(b.words), b.words.tobytes()):
        mirrored = (Passage(a_word=p.b_word, b_word=p.a_word, words=p.words) for p in align(b, a, fewest=fewest))
        return sorted(mirrored, key=_order)
    runs = _shared(a.words, b.words, a.seeds, b.seeds, most=LONGEST_RUNS)
    if _apart(runs):
        return sorted((Passage(a_word=i, b_word=j, words=n) for i, j, n in runs if n >= fewest), key=_order)
    free_a, free_b = np.ones(len(a.words), dtype=np.bool_), np.ones(len(b.words), dtype=np.bool_)
    tiles: list[Passage] = []
    for i, j, n in sorted(runs, key=lambda run: (-run.words, run.a + run.b, run.a)):
        if n < fewest:
            break
        for start, end in _gaps(free_a[i : i + n] & free_b[j : j + n]):
            if end - start >= fewest:
                free_a[i + start : i + end] = False
                free_b[j + start : j + end] = False
                tiles.append(Passage(a_word=i + start, b_word=j + start, words=end - start))
    return sorted(tiles, key=_order)


def _apart(runs: Collection[Run]) -> bool:
    """Whether no run overlaps another in either text, as hardly ever between copies."""
    in_a, in_b = (sorted((run[side], run[side] + run.words) for run in runs) for side in (0, 1))
    return all(one[1] <= other[0] for ends in (in_a, in_b) for one, other in pairwise(ends))


def longest_run(a: Side, b: Side) -> int:
    """Count the words of the longest run that a and b share; 0 for one shorter than a seed."""
    start, shingles = _longest_stretch(a.shared)
    words = shingles + SHINGLE - 1
    if words < SEED:
        return 0
    # No run is longer than the longest stretch of shared shingles: if that is one, nothing else need be looked at.
    stretch = a.words[start : start + words].tobytes()
    for place in (b.grams == a.grams[start]).nonzero()[0][:_REPEATS].tolist():
        if b.words[place : place + words].tobytes() == stretch:
            return words
    return _longest_of_seeds(a, b)


def _longest_stretch(marks: Mask) -> tuple[int, int]:
    """Give start and length of the longest stretch of True."""
    bounds = np.concatenate(([-1], (~marks).nonzero()[0], [len(marks)]))
    lengths = bounds[1:] - bounds[:-1] - 1
    longest = int(lengths.argmax())
    return int(bounds[longest]) + 1, int(lengths[longest])


def _longest_of_seeds(a: Side, b: Side) -> int:
    seeds_a, seeds_b = _seeds(a.grams, _places(a.shared)), _seeds(b.grams, _places(b.shared))
    return max((run.words for run in _shared(a.words, b.words, seeds_a, seeds_b, most=4)), default=0)


def _shared(a: Words, b: Words, seeds_a: Seeds, seeds_b: Seeds, *, most: int) -> Collection[Run]:
    """Find the `most` longest maximal runs that hold a shared seed."""
    starts, diagonals, lengths = _runs(*_pairs(seeds_a, seeds_b), most=most)
    runs = [Run(*run) for run in np.stack((starts, starts - diagonals, lengths + SEED - 1), axis=1).tolist()]
    if seeds_a.capped or seeds_b.capped:
        return {_grow(a, b, run.a, run.b) for run in runs}  # some seeds of a run may have been left out
    return runs


def offsets(aligned: Sequence[Sequence[Passage]], spans_a: Spans, others: Sequence[Spans]) -> list[list[list[int]]]:
    """Tell for each of many other texts where each passage stands: start and end in a, then in the other.

    These are code points; spans as of `places`, those of the other texts in the order of `aligned`.
    """
    before = list(accumulate(map(len, others), initial=0))
    rows = [
        (p.a_word, start + p.b_word, p.words)
        for start, passages in zip(before[:-1], aligned, strict=True)
        for p in passages
    ]
    if not rows:
        return [[] for _ in aligned]
    spans_b = np.concatenate(others)
    a, b, length = np.array(rows).T
    places = (spans_a[a, 0], spans_a[a + length - 1, 1], spans_b[b, 0], spans_b[b + length - 1, 1])
    found = iter(np.stack(places, axis=1).tolist())
    return [list(islice(found, len(passages))) for passages in aligned]


def _order(passage: Passage) -> tuple[int, int]:
    return passage.a_word, passage.b_word


def _places(shared: Mask) -> Numbers:
    """List where all shingles of a seed are shared; nothing else can be a shared seed."""
    inner = SEED - SHINGLE + 1
    if len(shared) < inner:
        return np.empty(0, dtype=np.int64)
    every = shared[: len(shared) - inner + 1].copy()
    for offset in range(1, inner):
        every &= shared[offset : offset + len(every)]
    return np.flatnonzero(every)


def seed_hashes(words: Words) -> Hashes:
    """Hash each run of SEED words, in text order: uint64[max(0, n - SEED + 1)]."""
    grams = shingled(words)
    return _hashed(grams[: SHINGLE - SEED], grams[SEED - SHINGLE :])


def _hashed(first: Hashes, last: Hashes) -> Hashes:
    """Hash runs of SEED words by their first and last shingles, which leaves room below for a place."""
    hashes: Hashes = (first * _FACTORS[0] + last * _FACTORS[1]) & ~_PLACES
    return hashes


def _seeds(grams: Hashes, places: Numbers) -> Seeds:
    """Take the seeds at some places of a text."""
    return _sorted(_hashed(grams[places], grams[places + (SEED - SHINGLE)]), places)


def _sorted(hashes: Hashes, places: Numbers) -> Seeds:
    """Sort seeds, keeping the first _REPEATS places of each."""
    keys = hashes | places.view(np.uint64)
    keys.sort()
    hashes = keys & ~_PLACES
    single, capped = bool(leading(hashes).all()), False
    if not single:
        kept = leading(hashes, _REPEATS)
        capped = not kept.all()
        keys, hashes = keys[kept], hashes[kept]
    return Seeds(hashes, (keys & _PLACES).view(np.int64), single, capped)


def _pairs(a: Seeds, b: Seeds) -> tuple[Numbers, Numbers]:
    """Pair up the places where a and b hold the same seed."""
    if not len(b.hashes):
        return a.places[:0], b.places
    first = b.hashes.searchsorted(a.hashes)
    shared = (b.hashes.take(first, mode="clip") == a.hashes).nonzero()[0]
    first = first[shared]
    if b.single:  # as in most texts
        return a.places[shared], b.places[first]
    found = b.hashes.searchsorted(a.hashes[shared], side="right") - first
    return a.places[np.repeat(shared, found)], b.places[ranges(first, found)]


def _runs(places_a: Numbers, places_b: Numbers, *, most: int) -> tuple[Numbers, Numbers, Numbers]:
    """Join pairs that follow each other on a diagonal: starts in a, diagonals, lengths in seeds; the `most` longest."""
    along = ((places_a - places_b) << 32) + places_a
    along.sort()
    breaks = np.flatnonzero(along[1:] - along[:-1] != 1) + 1
    bounds = np.concatenate(([0], breaks, [len(along)]))
    lengths = bounds[1:] - bounds[:-1]
    starts = along[bounds[:-1]] if len(along) else along
    if len(starts) > most:
        longest = np.argsort(-lengths, kind="stable")[:most]
        starts, lengths = starts[longest], lengths[longest]
    places = starts & 0xFFFFFFFF
    return places, (starts - places) >> 32, lengths[: len(starts)]


def _grow(a: Words, b: Words, i: int, j: int) -> Run:
    """Widen a shared place to all the words that agree around it."""
    back = _agreeing(a[:i][::-1], b[:j][::-1])
    return Run(i - back, j - back, back + _agreeing(a[i:], b[j:]))


def _agreeing(a: Words, b: Words) -> int:
    """Count the leading words that are equal; looks at twice as many at a time, so that short answers cost little."""
    done, step = 0, 32
    limit = min(len(a), len(b))
    while done < limit:
        end = min(done + step, limit)
        different = a[done:end] != b[done:end]
        first = int(different.argmax())
        if different[first]:
            return done + first
        done, step = end, step * 4
    return limit


def _gaps(free: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the stretches of True."""
    if free.all():
        return [(0, len(free))]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
