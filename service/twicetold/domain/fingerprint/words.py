"""Tokens as codes: one 64-bit value a token, of which 32 bits are its hash and two its class."""

from __future__ import annotations

import hashlib
import unicodedata
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.normalise import fold
from twicetold.domain.fingerprint.numerals import HAN, NUMERALS

_CACHED = 1 << 16
_LONGEST_CACHED = 64
_CLASS_BITS = 3
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

    The upper 62 bits are a keyed BLAKE2 hash of the folded token, the lower two its class. Forgets everything when full
    and never remembers giant tokens: memory stays bounded whatever texts hold.
    """

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._keyed = hashlib.blake2b(digest_size=8, key=key)

    def __missing__(self, token: str) -> bytes:
        """Fold, hash and remember."""
        code = self._code(token)
        if len(token) <= _LONGEST_CACHED:
            if len(self) >= _CACHED:
                self.clear()
            self[token] = code
        return code

    def _code(self, token: str) -> bytes:
        folded = fold(token)
        if not folded[:1].isalnum() and all(unicodedata.category(letter)[0] == "M" for letter in folded):
            return b""
        hashed = self._keyed.copy()
        hashed.update(folded.encode("utf-8", "surrogatepass"))
        code = hashed.digest()
        return bytes((code[0] & ~_CLASS_BITS | _token_class(token, folded),)) + code[1:]


def _token_class(token: str, folded: str) -> int:
    if folded[0].isdigit() or folded in NUMERALS or (not folded.isascii() and _HAN.issuperset(folded)):
        return _NUMBER
    if token[0].isupper() if token[0].isalnum() else _first_letter(token).isupper():
        return _CAPITALS if token.isupper() else _NAME
    return _WORD


def _first_letter(token: str) -> str:
    return next((letter for letter in token if letter.isalnum()), "")


def hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Give the 32-bit hash of each token, uint32[n]."""
    return codes.view("<u4")[1::2].astype(np.uint32)


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
