"""What two texts have in common, measured exactly on their words."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.fingerprint.shingles import Hashes, grams, multipliers
from service.domain.matching.parameters import SHINGLE
from service.domain.matching.passages import align
from service.domain.model import Measures, Passage, Words

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
    def shingles(self) -> Hashes:
        """The text's distinct shingles, sorted; of a text shorter than a shingle, its words."""
        return _distinct(self.words)

    @cached_property
    def masked(self) -> Hashes:
        """The same with every number and name replaced by its kind."""
        return _distinct(np.where(self.kinds > 0, self.kinds.astype(np.uint32), self.words))


def measure(a: Shingled, b: Shingled) -> Measures:
    """Measure everything between a and b. `measure(b, a)` gives the same, mirrored."""
    return measures(a, b, align(a.words, b.words))


def measures(a: Shingled, b: Shingled, passages: list[Passage]) -> Measures:
    """Measure two texts whose shared passages are known already."""
    common = _common(a.shingles, b.shingles)
    return Measures(
        jaccard=_share(common, len(a.shingles) + len(b.shingles) - common),
        a_in_b=_share(common, len(a.shingles)),
        b_in_a=_share(common, len(b.shingles)),
        masked_jaccard=jaccard(a.masked, b.masked),
        longest_run=max((passage.words for passage in passages), default=0),
        shared_words=sum(passage.words for passage in passages),
        a_words=len(a.words),
        b_words=len(b.words),
    )


def jaccard(a: Hashes, b: Hashes) -> float:
    """Compute |A∩B|/|A∪B| of two sorted arrays of distinct hashes; 0 when both are empty."""
    common = _common(a, b)
    return _share(common, len(a) + len(b) - common)


def _distinct(words: Words) -> Hashes:
    return np.unique(grams(words, _FACTORS[: max(1, min(SHINGLE, len(words)))]))


def _common(a: Hashes, b: Hashes) -> int:
    together = np.concatenate((a, b))
    together.sort()
    return int(np.count_nonzero(together[1:] == together[:-1]))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
