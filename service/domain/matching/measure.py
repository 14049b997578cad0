"""What two texts have in common, measured exactly on their words."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.fingerprint.shingles import Hashes, distinct, grams, multipliers
from service.domain.fingerprint.words import Kind
from service.domain.matching.parameters import NEW_STRETCH, SHINGLE
from service.domain.matching.passages import align
from service.domain.model import Measures, Passage, Words

Marks = NDArray[np.bool_]

_FACTORS = multipliers(b"exact sets", SHINGLE)


class Fingerprinted(Protocol):
    """The part of a fingerprint that exact measures need."""

    @property
    def words(self) -> Words:
        """Hashed tokens, uint32[n]."""

    @property
    def kinds(self) -> NDArray[np.uint8]:
        """What each token is, uint8[n]."""

    @property
    def digest(self) -> bytes:
        """Equal for texts whose tokens are all the same."""


class Shingled:
    """A text with the sets that measures compare, each made once, for measuring one text against many."""

    def __init__(self, text: Fingerprinted) -> None:
        self.words = text.words
        self.kinds = text.kinds
        self.digest = text.digest

    @cached_property
    def grams(self) -> Hashes:
        """The text's shingles in text order; of a text shorter than a shingle, one of all its words."""
        return grams(self.words, _FACTORS[: max(1, min(SHINGLE, len(self.words)))])

    @cached_property
    def shingles(self) -> Hashes:
        """The text's distinct shingles, sorted."""
        return distinct(self.grams)

    @cached_property
    def masked(self) -> Hashes:
        """The distinct shingles with every number and name replaced by its kind, sorted."""
        words = np.where(self.kinds > 0, self.kinds.astype(np.uint32), self.words)
        return distinct(grams(words, _FACTORS[: max(1, min(SHINGLE, len(words)))]))


def measure(a: Shingled, b: Shingled) -> Measures:
    """Measure everything between a and b. `measure(b, a)` gives the same, mirrored."""
    return measures(a, b, align(a.words, b.words))


def measures(a: Shingled, b: Shingled, passages: list[Passage]) -> Measures:
    """Measure two texts whose shared passages are known already."""
    common = _common(a.shingles, b.shingles)
    in_b, in_a = _covered(a, b.shingles), _covered(b, a.shingles)
    return Measures(
        jaccard=_share(common, len(a.shingles) + len(b.shingles) - common),
        a_in_b=_share(common, len(a.shingles)),
        b_in_a=_share(common, len(b.shingles)),
        masked_jaccard=_jaccard(a.masked, b.masked),
        a_covered=_share(np.count_nonzero(in_b), len(in_b)),
        b_covered=_share(np.count_nonzero(in_a), len(in_a)),
        a_new=_new(in_b),
        b_new=_new(in_a),
        numbers=_kept(Kind.NUMBER, a, in_b, b, in_a),
        names=_kept(Kind.NAME, a, in_b, b, in_a),
        longest_run=max((passage.words for passage in passages), default=0),
        shared_words=sum(passage.words for passage in passages),
        a_words=len(a.words),
        b_words=len(b.words),
    )


def _covered(text: Shingled, shingles: Hashes) -> Marks:
    """Mark the words that stand in a shingle which the other text has, too."""
    covered = np.zeros(len(text.words), dtype=np.bool_)
    if len(shingles) and len(text.grams):
        places = np.searchsorted(shingles, text.grams)
        places[places == len(shingles)] = 0
        shared = shingles[places] == text.grams
        for offset in range(len(covered) - len(shared) + 1):
            covered[offset : offset + len(shared)] |= shared
    return covered


def _new(covered: Marks) -> float:
    """The share of words in uncovered stretches of NEW_STRETCH and more: passages of its own, not scattered edits."""
    edges = np.flatnonzero(np.diff(covered, prepend=True, append=True))
    lengths = edges[1::2] - edges[::2]
    return _share(lengths[lengths >= NEW_STRETCH].sum(), len(covered))


def _kept(kind: Kind, a: Shingled, in_b: Marks, b: Shingled, in_a: Marks) -> float:
    """The share of tokens of a kind that are covered, in the text where it is larger; 1 when neither has any."""
    of_a, of_b = in_b[a.kinds == kind], in_a[b.kinds == kind]
    shares = [_share(np.count_nonzero(marks), len(marks)) for marks in (of_a, of_b) if len(marks)]
    return max(shares, default=1.0)


def _jaccard(a: Hashes, b: Hashes) -> float:
    common = _common(a, b)
    return _share(common, len(a) + len(b) - common)


def _common(a: NDArray[Any], b: NDArray[Any]) -> int:
    """Count what two sorted arrays of distinct values share."""
    together = np.concatenate((a, b))
    together.sort()
    return int(np.count_nonzero(together[1:] == together[:-1]))


def _share(part: int | np.intp, whole: int) -> float:
    return float(part) / whole if whole else 0.0
