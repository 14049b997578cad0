"""The runs of words that a text shares with each of many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from twicetold.domain.matching.lookup import Mask, Positions
from twicetold.domain.matching.parameters import SHARED_RUN
from twicetold.domain.matching.passages import LONGEST_RUNS, SEED, Seeded, align, seed_hashes
from twicetold.domain.matching.text_batch import TextBatch, batches
from twicetold.domain.model import Passage


def align_each(a: Seeded, others: Sequence[Seeded], *, fewest: int = SHARED_RUN) -> list[list[Passage]]:
    """Give `align(a, b)` for each b of `others`; where no run overlaps another, in one pass over all of them.

    Each place in b is paired with the first in a that holds its seed. Where a longer run goes through another place,
    its other seeds are paired with that one, so that two runs overlap in b; where none does, the first is what `align`
    would take of runs equally long.
    """
    found: list[list[Passage]] = []
    for batch in batches(others, beside=a):
        runs = _runs(a, TextBatch.of([b.words for b in batch]))
        entangled = _entangled(runs, len(batch))
        long = runs.words >= fewest
        passages = [
            Passage(a_word=i, b_word=j, words=n)
            for i, j, n in np.stack((runs.a[long], runs.b[long], runs.words[long]), axis=1).tolist()
        ]
        bounds = runs.owners[long].searchsorted(np.arange(len(batch) + 1)).tolist()
        found += [
            align(a, b, fewest=fewest) if tangled else passages[start:end]
            for b, tangled, (start, end) in zip(batch, entangled.tolist(), pairwise(bounds), strict=True)
        ]
    return found


class _Runs(NamedTuple):
    """Runs of equal words, in the order of the texts they are shared with, then of a.

    owners: the number of that text. a, b: where they begin. elsewhere: how many more places in a hold their seeds.
    """

    owners: Positions
    a: Positions
    b: Positions
    words: Positions
    elsewhere: Positions


def _runs(a: Seeded, texts: TextBatch) -> _Runs:
    """Find the runs of pairs that follow each other in both texts."""
    hashes = seed_hashes(texts.words)
    places, shared = a.lookup.find(hashes)
    in_b = (shared & texts.inside(SEED)).nonzero()[0]
    places = places[in_b]
    in_a = a.first_places[places]
    following = (in_b[1:] - in_b[:-1] == 1) & (in_a[1:] - in_a[:-1] == 1)
    bounds = np.concatenate(([True], ~following, [True])).nonzero()[0] if len(in_b) else in_b
    starts = bounds[:-1]
    begin = in_b[starts]
    elsewhere = np.add.reduceat(a.repeats[places], starts) if len(starts) else starts
    owners = texts.owners(begin)
    within = np.array([start for start, _ in texts.bounds])
    order = ((owners << 32) + in_a[starts]).argsort()
    in_a, in_b, words = in_a[starts], begin - within[owners], bounds[1:] - starts + SEED - 1
    return _Runs(owners[order], in_a[order], in_b[order], words[order], elsewhere[order])


def _entangled(runs: _Runs, texts: int) -> Mask:
    """Mark the texts whose runs overlap in either text, or may be more than are looked at, those elsewhere counted."""
    marks = np.bincount(runs.owners, 1 + runs.elsewhere, minlength=texts) > LONGEST_RUNS
    marks[_overlapping(runs.owners, runs.a, runs.words)] = True
    in_b = ((runs.owners << 32) + runs.b).argsort()
    marks[_overlapping(runs.owners[in_b], runs.b[in_b], runs.words[in_b])] = True
    return marks


def _overlapping(owners: Positions, starts: Positions, words: Positions) -> Positions:
    """List the owners that have a run which begins before the one in front of it ends."""
    overlapping: Mask = (owners[1:] == owners[:-1]) & (starts[1:] < starts[:-1] + words[:-1])
    return owners[1:][overlapping]
