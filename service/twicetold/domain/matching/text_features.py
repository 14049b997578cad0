"""A text with what exact comparison needs of it."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import Hashes, distinct, shingled
from twicetold.domain.fingerprint.words import TokenClass
from twicetold.domain.matching.lookup import Lookup, Mask, Positions
from twicetold.domain.model import Words

Kinds = NDArray[np.uint8]
_MASKS = np.array(
    [kind if kind in {TokenClass.NUMBER, TokenClass.NAME} else 0 for kind in sorted(TokenClass)], dtype=np.uint32
)


class Fingerprinted(Protocol):
    """The part of a fingerprint that exact measures need."""

    @property
    def words(self) -> Words:
        """Hashed tokens, uint32[n]."""

    @property
    def kinds(self) -> Kinds:
        """What each token is, uint8[n]."""

    @property
    def digest(self) -> bytes:
        """Equal for texts whose tokens are all the same."""


class _Named(NamedTuple):
    """A text whose kinds were made anew."""

    words: Words
    kinds: Kinds
    digest: bytes


class Vocabulary(NamedTuple):
    """The different words of a text, sorted, and which of them it has once, more than once."""

    words: Words
    once: Mask
    again: Mask


_NO_WORDS = np.empty(0, dtype=np.uint32)


class TextFeatures:
    """A text with what measures compare, each made once, for measuring one text against many.

    title: the hashed words of the story's title, made with the same parameters as the text's; none if it has no title.
    """

    def __init__(self, text: Fingerprinted, title: Words = _NO_WORDS) -> None:
        self.words = text.words
        self.kinds = text.kinds
        self.digest = text.digest
        self.title = title

    @cached_property
    def grams(self) -> Hashes:
        """The text's shingles in text order; a text shorter than a shingle has none."""
        return shingled(self.words)

    @cached_property
    def shingles(self) -> Lookup:
        """The text's distinct shingles."""
        return Lookup(distinct(self.grams))

    @cached_property
    def ranks(self) -> Positions:
        """Which of the distinct shingles each of `grams` is."""
        ranks, _ = self.shingles.find(self.grams)
        return ranks

    @cached_property
    def first_places(self) -> Positions:
        """Where each of the distinct shingles stands first."""
        places = np.empty(len(self.shingles.hashes), dtype=np.intp)
        places[self.ranks[::-1]] = np.arange(len(self.ranks))[::-1]
        return places

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The text's different words."""
        words, counts = np.unique(self.words, return_counts=True)
        return Vocabulary(words, counts == 1, counts > 1)

    @property
    def masked_words(self) -> Words:
        """The words with every number and name replaced by its kind."""
        masks = _MASKS.take(self.kinds)
        return np.where(masks, masks, self.words)

    @cached_property
    def masked(self) -> Lookup:
        """The distinct shingles of these."""
        return Lookup(distinct(shingled(self.masked_words)))

    @cached_property
    def in_parts(self) -> bool:
        """Whether the tokens are parts of words."""
        return bool(self.kinds.max(initial=0) == int(TokenClass.PART))

    @cached_property
    def numbers(self) -> Positions:
        """Where the numbers stand."""
        return _places(self.kinds, TokenClass.NUMBER)

    @cached_property
    def names(self) -> Positions:
        """Where the names stand."""
        return _places(self.kinds, TokenClass.NAME)

    def naming(self, names: Words) -> TextFeatures:
        """Give the text with all words that are among `names` marked as names, however they are written."""
        named = (self.kinds == int(TokenClass.WORD)) & np.isin(self.words, names)
        kinds = np.where(named, np.uint8(TokenClass.NAME), self.kinds)
        return TextFeatures(_Named(self.words, kinds, self.digest), self.title)


def named_alike(a: TextFeatures, b: TextFeatures) -> tuple[TextFeatures, TextFeatures]:
    """Mark the names of one text in both if the other has none of its own, as one all in capitals has not."""
    if bool(len(a.names)) == bool(len(b.names)):
        return a, b
    cased = a if len(a.names) else b
    known = cased.words[cased.names]
    return a.naming(known), b.naming(known)


def _places(kinds: Kinds, kind: TokenClass) -> Positions:
    places: Positions = (kinds == int(kind)).nonzero()[0]
    return places
