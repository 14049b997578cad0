"""Tokens that are one word or one number with their neighbours, though a blank stands between them.

Scales of a number (1.2 million), numbers in several words (twenty-five), and endings that an apostrophe was lost before
(the company s; Turkish Tesisleri nde).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from twicetold.domain.fingerprint import number_words
from twicetold.domain.fingerprint.normalise import fold
from twicetold.domain.fingerprint.orthography import Orthography
from twicetold.domain.fingerprint.written_numbers import SEPARATE_SCALES

_LOST_APOSTROPHE = "s t ll ve"
_TURKISH = (
    "nda nde ndan nden nin nun daki deki taki teki dan den tan ten dir dur tir tur lar ler lari leri larin lerin nca "
    "nce yi yu ye ya in un si su i u e a"
)
_ENDINGS = frozenset(_LOST_APOSTROPHE.split())
_TURKISH_ENDINGS = _ENDINGS | frozenset(_TURKISH.split())
"""Cases and plurals that Turkish parts from names with an apostrophe, folded. "Da" and "de" are words, too."""


class Joining(IntEnum):
    """How a token may be one with its neighbours."""

    NOT = 0
    PART = 1
    """As part of a number in words."""
    SCALE = 2
    """As what a number before it is multiplied by."""
    ENDING = 3
    """As the ending of the word before it."""


_WAYS = (
    dict.fromkeys(SEPARATE_SCALES, Joining.SCALE)
    | dict.fromkeys(number_words.PARTS, Joining.PART)
    | dict.fromkeys(_ENDINGS, Joining.ENDING)
)
_TURKISH_WAYS = _WAYS | dict.fromkeys(_TURKISH_ENDINGS, Joining.ENDING)
MAY_JOIN = frozenset(_TURKISH_WAYS)
"""Tokens in their one spelling that may join, in one orthography or another."""
_PART, _SCALE, _ENDING = int(Joining.PART), int(Joining.SCALE), int(Joining.ENDING)


def joining(spelled: str, orthography: Orthography) -> Joining:
    """Tell how a token in its one spelling may join."""
    ways = _TURKISH_WAYS if orthography is Orthography.TURKISH else _WAYS
    return ways.get(spelled, Joining.NOT)


class Joined(NamedTuple):
    """Neighbouring tokens, `first` to `last`, that are one: `token`."""

    first: int
    last: int
    token: str


def joined(tokens: Sequence[str], ways: Mapping[int, int], orthography: Orthography) -> list[Joined]:
    """Tell which tokens are one, in order.

    ways: how those may join that may, by their positions, in order. At most `number_words.LONGEST` are read at each.
    """
    found: list[Joined] = []
    free = 0  # the first token that is in none yet
    for position, way in ways.items():
        if position < free:
            continue
        first, last = position, position
        before = tokens[position - 1] if position > free else ""
        if way == _ENDING:
            first -= _takes_ending(before, orthography)
        elif way == _SCALE and before[:1].isdecimal():
            first -= 1
        elif way == _SCALE and before:
            first, last = _number(tokens, position - 1, ways, orthography)
        elif way == _PART:
            first, last = _number(tokens, position, ways, orthography)
        if first < last and last >= position:
            free = last + 1
            found.append(Joined(first, last, ("" if way == _ENDING else " ").join(tokens[first:free])))
    return found


def _takes_ending(word: str, orthography: Orthography) -> bool:
    return word.isalpha() and (orthography is not Orthography.TURKISH or word[0].isupper())


def _number(tokens: Sequence[str], first: int, ways: Mapping[int, int], orthography: Orthography) -> tuple[int, int]:
    """Where the number in words ends that begins at `first`, if it has several."""
    last = first + 1
    while last < len(tokens) and last - first <= number_words.LONGEST and (last in ways or _connects(tokens[last])):
        last += 1
    count = _words(tuple(tokens[first:last]), orthography) if last - first > 1 else 1
    return first, first + max(count, 1) - 1


@lru_cache(maxsize=4096)
def _words(tokens: tuple[str, ...], orthography: Orthography) -> int:
    """How many of some tokens are one number."""
    return number_words.read([fold(token, orthography) for token in tokens])[0]


def _connects(token: str) -> bool:
    return len(token) <= _CONNECTOR and token.lower() in number_words.CONNECTORS


_CONNECTOR = max(map(len, number_words.CONNECTORS))
