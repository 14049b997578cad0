"""Furniture of a source: sentences that it repeats within blocks of stories that otherwise differ.

What decides is the one rule of `cleaning.recurring`. Two texts that share nothing but furniture quote nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.cleaning.recurring import FEWEST_OTHER_WORDS, STORIES_NEEDED, SourceJudge
from twicetold.domain.fingerprint.make import passage_grams
from twicetold.domain.fingerprint.parameters import PASSAGE_GRAM, PASSAGE_WINDOW, FingerprintParameters
from twicetold.domain.fingerprint.winnow import winnow
from twicetold.domain.fingerprint.words import TokenClass
from twicetold.domain.matching.parameters import PASSAGE_PARTS, PASSAGE_RUN
from twicetold.domain.matching.passages import Seeded, align
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Fingerprint, Keys

Mask = NDArray[np.bool_]
MOST_RECURRING = 4096
"""Fingerprints that are judged of one source, those in most of its stories."""


def furniture(texts: Sequence[Fingerprint], published: Sequence[date], parameters: FingerprintParameters) -> Keys:
    """The passage fingerprints of what some stories of one source repeat as its own: int64, ascending."""
    grams = [passage_grams(text.words, parameters).view(np.int64) for text in texts]
    chosen = [winnow(own.view(np.uint64)) for own in grams]
    held = Counter(key for keys in chosen for key in keys.tolist())
    recurring = np.array(
        sorted(key for key, count in held.most_common(MOST_RECURRING) if count >= STORIES_NEEDED), dtype=np.int64
    )
    if not len(recurring):
        return recurring
    covered = [_covered(own, recurring, len(text.words)) for own, text in zip(grams, texts, strict=True)]
    judge = SourceJudge(published, [_left(text, ~marks) for text, marks in zip(texts, covered, strict=True)])
    holders: defaultdict[int, dict[int, bool]] = defaultdict(dict)
    for number, (own, keys, marks) in enumerate(zip(grams, chosen, covered, strict=True)):
        shared = np.intersect1d(keys, recurring)
        places = np.searchsorted(own, shared, sorter=(order := np.argsort(own, kind="stable")))
        for key, place in zip(shared.tolist(), order[places].tolist(), strict=True):
            holders[key][number] = bool(marks[:place].all() or marks[place:].all())
    return np.array(sorted(key for key, numbers in holders.items() if judge.is_own(numbers)), dtype=np.int64)


def quotes(a: TextFeatures, b: TextFeatures, known: Keys, parameters: FingerprintParameters) -> bool:
    """Whether two texts share a run that still is a quotation without the words of `known` furniture in it."""
    fewest = PASSAGE_PARTS if a.in_parts and b.in_parts else PASSAGE_RUN
    marks = _covered(passage_grams(a.words, parameters).view(np.int64), known, len(a.words))
    runs = align(Seeded(a.words), Seeded(b.words), fewest=fewest)
    return any(_longest(~marks[run.a_word : run.a_word + run.words]) >= fewest for run in runs)


def _covered(grams: Keys, known: Keys, count: int) -> Mask:
    """Mark the words of a text that stand in known runs, and those between two such runs of one sentence."""
    marks = np.zeros(count, dtype=np.bool_)
    places = np.isin(grams, known).nonzero()[0]
    if len(places):
        joined = np.diff(places) <= PASSAGE_WINDOW
        for first, last in zip(
            places[np.concatenate(([True], ~joined))].tolist(), places[np.concatenate((~joined, [True]))].tolist(),
            strict=True,
        ):  # fmt: skip
            marks[max(first - PASSAGE_WINDOW, 0) : last + PASSAGE_GRAM + PASSAGE_WINDOW] = True
    return marks


def _left(text: Fingerprint, left: Mask) -> frozenset[Hashable] | None:
    """The names in what is left of a text, or its words if it has no names; None for next to nothing."""
    if np.count_nonzero(left) < FEWEST_OTHER_WORDS:
        return None
    names = text.kinds == TokenClass.NAME
    return frozenset(text.words[left & names if names.any() else left].tolist())


def _longest(marks: Mask) -> int:
    """The length of the longest stretch of True."""
    bounds = np.concatenate(([-1], (~marks).nonzero()[0], [len(marks)]))
    return int((np.diff(bounds) - 1).max())
