"""Tokens as codes: one 64-bit value a token, of which 32 bits are its hash and two its class."""

from __future__ import annotations

import hashlib
import unicodedata
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint import number_words, written_numbers
from twicetold.domain.fingerprint.joining import MAY_JOIN, joining
from twicetold.domain.fingerprint.normalise import fold
from twicetold.domain.fingerprint.number_words import may_be_compound
from twicetold.domain.fingerprint.numerals import HAN, NUMERALS
from twicetold.domain.fingerprint.orthography import Orthography

_CACHED = 1 << 16
_LONGEST_CACHED = 64
_CLASS_BITS = 3
_JOINING_BITS = 12
_FLAGS = _CLASS_BITS | _JOINING_BITS
_SPELLING_BITS = 7
_FIRST_HAN = "〇"
_SPECIAL = NUMERALS | MAY_JOIN
_HAN = frozenset(HAN)
_CAPITALS = 3  # in codes alone: only its neighbours tell whether such a token is a name
_SHOUTED = 8
_DENSE = 0.4  # tokens a code point: Thai has .5, Chinese and Japanese .8, what is written apart no more than .27


class TokenClass(IntEnum):
    """What a token is: to template detection, and to the length of a quotation."""

    WORD = 0
    NUMBER = 1
    NAME = 2
    PART = 3
    """Part of a word, in a script that writes words together."""


_WORD, _NUMBER, _NAME, _PART = int(TokenClass.WORD), int(TokenClass.NUMBER), int(TokenClass.NAME), int(TokenClass.PART)


class WordCodes(dict[str, bytes]):
    """The code of each token (8 bytes, little endian; empty for a token without letters), computed once and remembered.

    The upper 60 bits are a keyed BLAKE2 hash of the token in its one spelling, then come two bits how it may join its
    neighbours, then two its class. Of numbers the word's hash is that of their value but for its lowest 3
    bits, which differ with the spelling (see `values`). Forgets everything when full and never remembers giant tokens:
    memory stays bounded whatever texts hold.
    """

    def __init__(self, key: bytes, orthography: Orthography = Orthography.USUAL) -> None:
        super().__init__()
        self._keyed = hashlib.blake2b(digest_size=8, key=key)
        self._orthography = orthography

    def __missing__(self, token: str) -> bytes:
        """Fold, hash and remember."""
        code = self._code(token)
        if len(token) <= _LONGEST_CACHED:
            if len(self) >= _CACHED:
                self.clear()
            self[token] = code
        return code

    def _code(self, token: str) -> bytes:
        folded = fold(token, self._orthography)
        if folded.isalpha() and folded[0] < _FIRST_HAN and folded not in _SPECIAL and not may_be_compound(folded):
            hashed = self._hash(folded)
            return bytes((hashed[0] & ~_FLAGS | _by_capitals(token),)) + hashed[1:]
        return self._special(token, written_numbers.spelled(folded))

    def _special(self, token: str, spelled: str) -> bytes:
        """The code of what may be a number, may join its neighbours, or may be no word."""
        if not spelled[:1].isalnum() and all(unicodedata.category(letter)[0] == "M" for letter in spelled):
            return b""
        hashed = self._hash(spelled)
        number = _value(spelled)
        flags = _token_class(token, spelled, number) | joining(spelled, self._orthography) << 2
        flagged = bytes((hashed[0] & ~_FLAGS | flags,))
        if number is None:
            return flagged + hashed[1:]
        usual = number == spelled
        of_value = hashed if usual else self._hash(number)
        variant = 0 if usual else 1 + hashed[4] % _SPELLING_BITS
        return flagged + hashed[1:4] + bytes((of_value[4] & ~_SPELLING_BITS | variant,)) + of_value[5:]

    def _hash(self, spelled: str) -> bytes:
        hashed = self._keyed.copy()
        hashed.update(spelled.encode("utf-8", "surrogatepass"))
        return hashed.digest()


def spelling(token: str, orthography: Orthography = Orthography.USUAL) -> str:
    """Give a token, or several that were joined with blanks, its one spelling."""
    return written_numbers.spelled(fold(token, orthography))


def _value(spelled: str) -> str | None:
    """The value of a number in its one spelling, in digits; None of what is no number."""
    if spelled[0].isdecimal():
        return written_numbers.value(spelled)
    if " " in spelled:
        return str(number_words.read(spelled.split())[1])
    alone = number_words.value(spelled)
    return None if alone is None else str(alone)


def _token_class(token: str, spelled: str, number: str | None) -> int:
    if number is not None or spelled in NUMERALS or (not spelled.isascii() and _HAN.issuperset(spelled)):
        return _NUMBER
    return _by_capitals(token)


def _by_capitals(token: str) -> int:
    if token[0].isupper() if token[0].isalnum() else _first_letter(token).isupper():
        return _CAPITALS if token.isupper() else _NAME
    return _WORD


def _first_letter(token: str) -> str:
    return next((letter for letter in token if letter.isalnum()), "")


def hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Give the 32-bit hash of each token, uint32[n]."""
    return codes.view("<u4")[1::2].astype(np.uint32)


def values(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Give what tells whether numbers are equal, from their hashes: 12 and twelve, 1/2 and .50."""
    return numbers >> np.uint32(3)


def ways_to_join(codes: NDArray[np.uint64]) -> dict[int, int]:
    """Tell which tokens may be one with their neighbours, by their positions in order, and how (see `Joining`)."""
    ways = codes.view(np.uint8)[::8] & np.uint8(_JOINING_BITS)
    positions = ways.nonzero()[0]
    return dict(zip(positions.tolist(), (ways[positions] >> 2).tolist(), strict=True)) if len(positions) else {}


def content(codes: NDArray[np.uint64]) -> bytes:
    """Give what tells texts of the same words, however these are capitalised."""
    return (codes & ~np.uint64(_FLAGS)).tobytes()


def token_classes(codes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Give the class of each token, uint8[n]. Tokens in capitals are names, but not where all around are, too."""
    found = codes.view(np.uint8)[::8] & np.uint8(_CLASS_BITS)
    capitals = found == _CAPITALS
    if np.count_nonzero(capitals) >= _SHOUTED:
        found[_shouted(found, capitals)] = _WORD
    np.minimum(found, _NAME, out=found)
    return found


def parts(found: NDArray[np.uint8], letters: int) -> NDArray[np.uint8]:
    """Give the classes with all words marked as parts, if there are so many in a text of `letters` code points."""
    if len(found) <= _DENSE * letters:
        return found
    return np.where(found == _WORD, np.uint8(_PART), found)


def _shouted(found: NDArray[np.uint8], capitals: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the tokens in capitals of which _SHOUTED or more follow each other with no more than numbers between."""
    stretches = np.cumsum((found == _WORD) | (found == _NAME))
    marks: NDArray[np.bool_] = capitals & (np.bincount(stretches, weights=capitals)[stretches] >= _SHOUTED)
    return marks
