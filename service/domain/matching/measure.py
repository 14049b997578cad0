"""What two texts have in common, measured exactly on their words."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.fingerprint.shingles import Hashes, distinct, firsts, shingled
from service.domain.fingerprint.words import Kind
from service.domain.matching.parameters import ALIKE, EDITED_COVERED, NEW_STRETCH
from service.domain.matching.passages import Marks, Side, longest_run
from service.domain.model import Measures, Words

Places = NDArray[np.intp]


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


class _Named(NamedTuple):
    """A text whose kinds were made anew."""

    words: Words
    kinds: NDArray[np.uint8]
    digest: bytes


class Shingled:
    """A text with what measures compare, each made once, for measuring one text against many."""

    def __init__(self, text: Fingerprinted) -> None:
        self.words = text.words
        self.kinds = text.kinds
        self.digest = text.digest

    @cached_property
    def grams(self) -> Hashes:
        """The text's shingles in text order; of a text shorter than a shingle, one of all its words."""
        return shingled(self.words)

    @cached_property
    def order(self) -> Places:
        """The places of the shingles in the order of their hashes."""
        return self.grams.argsort()

    @cached_property
    def ordered(self) -> Hashes:
        """The shingles, sorted."""
        return self.grams[self.order]

    @cached_property
    def shingles(self) -> Hashes:
        """The text's distinct shingles, sorted."""
        return self.ordered[firsts(self.ordered)]

    @cached_property
    def masked(self) -> Hashes:
        """The distinct shingles with every number and name replaced by its kind, sorted."""
        kinds = self.kinds.astype(np.uint32) % int(Kind.PART)
        words = np.where(kinds > 0, kinds, self.words)
        return distinct(shingled(words))

    @cached_property
    def in_parts(self) -> bool:
        """Whether the tokens are parts of words."""
        return bool(self.kinds.max(initial=0) == int(Kind.PART))

    @cached_property
    def numbers(self) -> Places:
        """Where the numbers stand."""
        return _places(self.kinds, Kind.NUMBER)

    @cached_property
    def names(self) -> Places:
        """Where the names stand."""
        return _places(self.kinds, Kind.NAME)

    def naming(self, names: Words) -> Shingled:
        """Give the text with all words that are among `names` marked as names, however they are written."""
        named = (self.kinds == int(Kind.WORD)) & np.isin(self.words, names)
        return Shingled(_Named(self.words, np.where(named, np.uint8(Kind.NAME), self.kinds), self.digest))


def measure(a: Shingled, b: Shingled) -> Measures:
    """Measure everything between a and b. `measure(b, a)` gives the same, mirrored."""
    shared = _common(a.shingles, b.shingles)
    common = len(shared)
    jaccard = _share(common, len(a.shingles) + len(b.shingles) - common)
    shared_a, shared_b = _among(a, shared), _among(b, shared)
    in_b, in_a = _covered(len(a.words), shared_a), _covered(len(b.words), shared_b)
    a_covered, b_covered = _share(np.count_nonzero(in_b), len(in_b)), _share(np.count_nonzero(in_a), len(in_a))
    alike = jaccard >= ALIKE or max(a_covered, b_covered) >= EDITED_COVERED
    named_a, named_b = _named_alike(a, b) if alike else (a, b)
    return Measures(
        jaccard=jaccard,
        a_in_b=_share(common, len(a.shingles)),
        b_in_a=_share(common, len(b.shingles)),
        masked_jaccard=_jaccard(named_a.masked, named_b.masked) if alike else jaccard,
        a_covered=a_covered,
        b_covered=b_covered,
        a_new=_new(in_b) if alike else 1 - a_covered,
        b_new=_new(in_a) if alike else 1 - b_covered,
        numbers=_kept(in_b, a.numbers, in_a, b.numbers) if alike else 0.0,
        names=_kept(in_b, named_a.names, in_a, named_b.names) if alike else 0.0,
        kept_numbers=min(int(in_b[a.numbers].sum()), int(in_a[b.numbers].sum())) if alike else 0,
        new_numbers=_changed(_left(a, a.numbers, in_b), _left(b, b.numbers, in_a)) if alike else 0,
        new_names=_changed(_left(a, named_a.names, in_b), _left(b, named_b.names, in_a)) if alike else 0,
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
        kept_numbers=len(text.numbers),
        new_numbers=0,
        new_names=0,
        longest_run=words,
        a_words=words,
        b_words=words,
    )


def _named_alike(a: Shingled, b: Shingled) -> tuple[Shingled, Shingled]:
    """Mark the names of one text in both if the other has none of its own, as one all in capitals has not."""
    if bool(len(a.names)) == bool(len(b.names)):
        return a, b
    cased = a if len(a.names) else b
    known = cased.words[cased.names]
    return a.naming(known), b.naming(known)


def _places(kinds: NDArray[np.uint8], kind: Kind) -> Places:
    places: Places = (kinds == int(kind)).nonzero()[0]
    return places


def _among(text: Shingled, known: Hashes) -> Marks:
    """Mark the shingles, in text order, that stand in a sorted array, too; in their own order they are found faster."""
    marks = np.zeros(len(text.grams), dtype=np.bool_)
    if len(known):
        ordered = text.ordered
        marks[text.order] = known.take(known.searchsorted(ordered), mode="clip") == ordered
    return marks


def _covered(words: int, shared: Marks) -> Marks:
    """Mark the words that stand in a shared shingle."""
    covered = np.zeros(words, dtype=np.bool_)
    for offset in range(words - len(shared) + 1 if len(shared) else 0):
        covered[offset : offset + len(shared)] |= shared
    return covered


def _new(covered: Marks) -> float:
    """The share of words in uncovered stretches of NEW_STRETCH and more: passages of its own, not scattered edits."""
    if len(covered) - np.count_nonzero(covered) < NEW_STRETCH:
        return 0.0
    bounds = np.concatenate(([-1], covered.nonzero()[0], [len(covered)]))
    stretches = bounds[1:] - bounds[:-1] - 1
    return _share(stretches[stretches >= NEW_STRETCH].sum(), len(covered))


def _kept(in_b: Marks, places_a: Places, in_a: Marks, places_b: Places) -> float:
    """The share of the tokens at some places that are covered, in the text where it is larger; 1 without any."""
    both = (in_b[places_a], in_a[places_b])
    return max((_share(np.count_nonzero(marks), len(marks)) for marks in both if len(marks)), default=1.0)


def _left(text: Shingled, places: Places, covered: Marks) -> set[int]:
    """The different words at some places of a text that are not covered."""
    return set(text.words[places[~covered[places]]].tolist())


def _changed(a: set[int], b: set[int]) -> int:
    """Count what one text has in place of the other's, in the text where it is less: what both have only moved."""
    return min(len(a - b), len(b - a))


def _jaccard(a: Hashes, b: Hashes) -> float:
    common = len(_common(a, b))
    return _share(common, len(a) + len(b) - common)


def _common(a: Hashes, b: Hashes) -> Hashes:
    """What two sorted arrays of distinct hashes share, sorted."""
    together = np.concatenate((a, b))
    together.sort()
    shared: Hashes = together[:-1][together[1:] == together[:-1]]
    return shared


def _share(part: int | np.intp, whole: int | np.intp) -> float:
    return int(part) / int(whole) if whole else 0.0  # plain numbers, for numpy's do not go into JSON
