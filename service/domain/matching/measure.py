"""What two texts have in common, measured exactly on their words."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.fingerprint.shingles import Hashes, distinct, shingled
from service.domain.fingerprint.words import Kind
from service.domain.matching.parameters import MASKED_FROM, NEW_STRETCH
from service.domain.matching.passages import Marks, Side, longest_run
from service.domain.model import Measures, Words


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
        return shingled(self.words)

    @cached_property
    def shingles(self) -> Hashes:
        """The text's distinct shingles, sorted."""
        return self._ranked[0]

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """Where each of `grams` stands in `shingles`."""
        return self._ranked[1]

    @cached_property
    def _ranked(self) -> tuple[Hashes, NDArray[np.int64]]:
        order = np.argsort(self.grams)
        in_order = self.grams[order]
        first = np.ones(len(order), dtype=np.bool_)
        first[1:] = in_order[1:] != in_order[:-1]
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.cumsum(first) - 1
        return in_order[first], ranks

    @cached_property
    def masked(self) -> Hashes:
        """The distinct shingles with every number and name replaced by its kind, sorted."""
        words = np.where(self.kinds > 0, self.kinds.astype(np.uint32), self.words)
        return distinct(shingled(words))


def measure(a: Shingled, b: Shingled) -> Measures:
    """Measure everything between a and b. `measure(b, a)` gives the same, mirrored."""
    also_in_b, also_in_a = _also(a.shingles, b.shingles)
    common = np.count_nonzero(also_in_b)
    jaccard = _share(common, len(a.shingles) + len(b.shingles) - common)
    shared_a, shared_b = also_in_b[a.ranks], also_in_a[b.ranks]
    in_b, in_a = _covered(len(a.words), shared_a), _covered(len(b.words), shared_b)
    return Measures(
        jaccard=jaccard,
        a_in_b=_share(common, len(a.shingles)),
        b_in_a=_share(common, len(b.shingles)),
        masked_jaccard=_jaccard(a.masked, b.masked) if jaccard >= MASKED_FROM else jaccard,
        a_covered=_share(np.count_nonzero(in_b), len(in_b)),
        b_covered=_share(np.count_nonzero(in_a), len(in_a)),
        a_new=_new(in_b),
        b_new=_new(in_a),
        numbers=_kept(Kind.NUMBER, a, in_b, b, in_a),
        names=_kept(Kind.NAME, a, in_b, b, in_a),
        longest_run=longest_run(Side(a.words, a.grams, shared_a), Side(b.words, b.grams, shared_b)),
        a_words=len(a.words),
        b_words=len(b.words),
    )


def same_words(text: Shingled) -> Measures:
    """Give the measures between two texts of the same words, without comparing them."""
    words = len(text.words)
    all_of_it = 1.0 if words else 0.0
    return Measures(
        jaccard=all_of_it,
        a_in_b=all_of_it,
        b_in_a=all_of_it,
        masked_jaccard=all_of_it,
        a_covered=all_of_it,
        b_covered=all_of_it,
        a_new=0.0,
        b_new=0.0,
        numbers=1.0,
        names=1.0,
        longest_run=words,
        a_words=words,
        b_words=words,
    )


def _also(a: Hashes, b: Hashes) -> tuple[Marks, Marks]:
    """Mark, in two sorted arrays of distinct hashes, what the other holds, too."""
    also_in_a = np.zeros(len(b), dtype=np.bool_)
    if not len(b):
        return np.zeros(len(a), dtype=np.bool_), also_in_a
    places = np.searchsorted(b, a)
    also_in_b = np.equal(b.take(places, mode="clip"), a)
    also_in_a[places[also_in_b]] = True
    return also_in_b, also_in_a


def _covered(words: int, shared: Marks) -> Marks:
    """Mark the words that stand in a shared shingle."""
    covered = np.zeros(words, dtype=np.bool_)
    for offset in range(words - len(shared) + 1 if len(shared) else 0):
        covered[offset : offset + len(shared)] |= shared
    return covered


def _new(covered: Marks) -> float:
    """The share of words in uncovered stretches of NEW_STRETCH and more: passages of its own, not scattered edits."""
    bounds = np.concatenate(([-1], np.flatnonzero(covered), [len(covered)]))
    stretches = bounds[1:] - bounds[:-1] - 1
    return _share(stretches[stretches >= NEW_STRETCH].sum(), len(covered))


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


def _share(part: int | np.intp, whole: int | np.intp) -> float:
    return int(part) / int(whole) if whole else 0.0  # plain numbers, for numpy's do not go into JSON
