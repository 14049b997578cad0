"""The runs of words that two texts share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.domain.fingerprint.shingles import grams, multipliers
from service.domain.matching.parameters import SHARED_RUN
from service.domain.model import Passage, Words

Positions = NDArray[np.int64]

_SEED = 6
"""Words of the runs that are looked up; longer runs are grown from them."""
_SEED_FACTORS = multipliers(b"alignment", _SEED)
_REPEATS = 8
"""Of a seed that a text repeats only so many places are paired, which bounds the work on repetitive texts. A run is
still found whole, since it is grown from any one of its seeds."""
_RUNS = 512
"""At most so many runs, longest first, are grown and tiled."""


def align(a: Words, b: Words, *, fewest: int = SHARED_RUN) -> list[Passage]:
    """Find the maximal runs of at least `fewest` words that a and b share, in the order of a, none overlapping another.

    Longer runs take precedence; what remains of a run that overlaps a longer one counts if still long enough.
    `align(b, a)` gives the same runs seen from b. Work is near-linear in the words of both, whatever they repeat.
    Greedy string tiling (Wise, 1993) over hashed seeds, on whole arrays.
    """
    if (len(a), a.tobytes()) > (len(b), b.tobytes()):
        return sorted(
            (Passage(a_word=p.b_word, b_word=p.a_word, words=p.words) for p in align(b, a, fewest=fewest)), key=_order
        )
    starts_a, starts_b, lengths = _longest_first(*_runs(*_seeds(a, b)))
    grown = {_grow(a, b, int(i), int(j), int(n)) for i, j, n in zip(starts_a, starts_b, lengths, strict=True)}
    free_a, free_b = np.ones(len(a), dtype=np.bool_), np.ones(len(b), dtype=np.bool_)
    tiles: list[Passage] = []
    for i, j, n in sorted(grown, key=lambda run: (-run[2], run[0] + run[1], run[0])):
        if n < fewest:
            break
        for start, end in _gaps(free_a[i : i + n] & free_b[j : j + n]):
            if end - start >= fewest:
                free_a[i + start : i + end] = False
                free_b[j + start : j + end] = False
                tiles.append(Passage(a_word=i + start, b_word=j + start, words=end - start))
    return sorted(tiles, key=_order)


def offsets(
    passage: Passage, spans_a: Sequence[tuple[int, int]], spans_b: Sequence[tuple[int, int]]
) -> tuple[int, int, int, int]:
    """Tell where a passage stands: start and end in a, then in b, in code points; `spans_*` as of `token_spans`."""
    last = passage.words - 1
    return (
        spans_a[passage.a_word][0],
        spans_a[passage.a_word + last][1],
        spans_b[passage.b_word][0],
        spans_b[passage.b_word + last][1],
    )


def _order(passage: Passage) -> tuple[int, int]:
    return passage.a_word, passage.b_word


def _seeds(a: Words, b: Words) -> tuple[Positions, Positions]:
    """Every pair of places where a and b hold the same seed, up to _REPEATS places of each seed in each text."""
    hashes_a, places_a = _places(a)
    hashes_b, places_b = _places(b)
    first = np.searchsorted(hashes_b, hashes_a, side="left")
    found = np.searchsorted(hashes_b, hashes_a, side="right") - first
    index = np.repeat(np.arange(len(hashes_a)), found)
    within = np.arange(len(index)) - np.repeat(np.cumsum(found) - found, found)
    return places_a[index], places_b[first[index] + within]


def _places(words: Words) -> tuple[NDArray[np.uint64], Positions]:
    hashes = grams(words, _SEED_FACTORS)
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    repeated = np.zeros(len(hashes), dtype=np.bool_)
    repeated[_REPEATS:] = hashes[_REPEATS:] == hashes[:-_REPEATS]
    return hashes[~repeated], order[~repeated]


def _runs(places_a: Positions, places_b: Positions) -> tuple[Positions, Positions, Positions]:
    """Join pairs that follow each other on a diagonal: starts in a, starts in b, lengths in words."""
    diagonal = places_a - places_b
    order = np.lexsort((places_a, diagonal))
    places_a, diagonal = places_a[order], diagonal[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (diagonal[1:] != diagonal[:-1]) | (places_a[1:] - places_a[:-1] > _SEED)
    firsts = np.flatnonzero(starts)
    lasts = np.append(firsts[1:], len(order))[: len(firsts)] - 1
    return places_a[firsts], places_a[firsts] - diagonal[firsts], places_a[lasts] - places_a[firsts] + _SEED


def _longest_first(
    places_a: Positions, places_b: Positions, lengths: Positions
) -> tuple[Positions, Positions, Positions]:
    order = np.argsort(-lengths, kind="stable")[:_RUNS]
    return places_a[order], places_b[order], lengths[order]


def _grow(a: Words, b: Words, i: int, j: int, n: int) -> tuple[int, int, int]:
    """Widen a shared run as far as both texts agree."""
    back = _agreeing(a[:i][::-1], b[:j][::-1])
    return i - back, j - back, back + n + _agreeing(a[i + n :], b[j + n :])


def _agreeing(a: Words, b: Words) -> int:
    """How many leading words are equal; looks at twice as many at a time, so that short answers cost little."""
    done, step = 0, 16
    limit = min(len(a), len(b))
    while done < limit:
        end = min(done + step, limit)
        different = np.flatnonzero(a[done:end] != b[done:end])
        if len(different):
            return done + int(different[0])
        done, step = end, step * 2
    return limit


def _gaps(free: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the stretches of True."""
    if free.all():
        return [(0, len(free))]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
