"""Cutting a text into tokens, and finding them again in it.

Where words are written apart a token is a word or a number. Han, Kana, Thai, Lao, Khmer and Burmese are cut into units
(a character, or a letter with its vowel signs) and each token is two neighbouring units: overlapping, so that any
shared run shares its tokens wherever it starts, and about as telling as a short word. A unit by itself is a token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.domain.fingerprint.normalise import APOSTROPHES, NUMBER_SIGNS

Spans = NDArray[np.int64]
"""Code point offsets of tokens, start and end: int64[n, 2]."""

_JOINING = frozenset(APOSTROPHES) | frozenset(NUMBER_SIGNS.values())

_LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4"  # Thai and Lao vowels written before their consonant
_TRAILING = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3"  # and after it; Unicode calls them letters
_SIGNS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # Thai
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"  # Lao
    # Burmese
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\u17b4-\u17d1\u17d3\u17dd"  # Khmer
    "\u3099\u309a\uff9e\uff9f"  # Kana voicing
    "\u200b-\u200d\u2060\ufe00-\ufe0f"
)
_LETTERS = (
    "\u0e01-\u0e2f\u0e46"
    "\u0e81-\u0eaf\u0ebd\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e\uaa60-\uaa7a"
    "\u1780-\u17b3\u17d7"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
)
_UNIT = f"(?:[{_LEADING}]?[{_LETTERS}](?:[{_SIGNS}{_TRAILING}]|[\u1039\u17d2][{_LETTERS}])*|[{_LEADING}{_TRAILING}])"
_UNITS = re.compile(_UNIT)
_RUNS = re.compile(f"(?:{_UNIT})+|[^\\s{_LEADING}{_LETTERS}{_TRAILING}]+")
_UNSPACED = re.compile(f"[{_LEADING}{_LETTERS}{_TRAILING}]")


def plain(text: str) -> str:
    """Blank everything between words; the result is as long as `text`, code point for code point.

    Signs between two digits stay, as what `NUMBER_SIGNS` puts for them.
    """
    codes = _code_points(text)
    if text.isascii():
        return _blank(codes, _ascii_signs()).tobytes().decode("ascii")
    return _blank(codes, _all_signs()).tobytes().decode("utf-32-le", "surrogatepass")


def split(blanked: str) -> list[str]:
    """List the tokens of a text made `plain`, in order."""
    if blanked.isascii() or not _UNSPACED.search(blanked):
        return blanked.split()
    return [blanked[start:end] for start, end in _found(blanked)]


def spans(blanked: str) -> Spans:
    """Tell where each token of `split` stands."""
    if not blanked.isascii() and _UNSPACED.search(blanked):
        return np.array(list(_found(blanked)), dtype=np.int64).reshape(-1, 2)
    outside = np.ones(len(blanked) + 2, dtype=np.bool_)
    outside[1:-1] = _code_points(blanked) == ord(" ")
    return np.flatnonzero(outside[1:] != outside[:-1]).reshape(-1, 2)


def _found(blanked: str) -> Iterator[tuple[int, int]]:
    for run in _RUNS.finditer(blanked):
        if not _UNSPACED.match(blanked, run.start()):
            yield run.span()
            continue
        units = [unit.span() for unit in _UNITS.finditer(blanked, run.start(), run.end())]
        if len(units) == 1:
            yield units[0]
        for (start, _), (_, end) in pairwise(units):
            yield start, end


def _code_points(text: str) -> NDArray[Any]:
    """One number a code point: uint8 of ASCII, else uint32."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


class _Signs(NamedTuple):
    """What to put for each code point: `plain` a blank or itself, `in_number` between two digits (0: the same)."""

    plain: NDArray[Any]
    in_number: NDArray[Any]
    digit: NDArray[np.bool_]


def _blank(codes: NDArray[Any], signs: _Signs) -> NDArray[Any]:
    last = len(signs.plain) - 1
    within = np.minimum(codes, last) if codes.dtype.itemsize > 1 else codes
    blanked: NDArray[Any] = signs.plain[within]
    if within is not codes:
        np.copyto(blanked, codes, where=codes > last)
    joints = np.flatnonzero(signs.in_number[within])
    joints = joints[(joints > 0) & (joints < len(codes) - 1)]
    joints = joints[signs.digit[within[joints - 1]] & signs.digit[within[joints + 1]]]
    blanked[joints] = signs.in_number[within[joints]]
    return blanked


@cache
def _ascii_signs() -> _Signs:
    return _signs(0x80, np.dtype(np.uint8))


@cache
def _all_signs() -> _Signs:
    """For the first two planes; what lies above are Han letters and unassigned, and stays."""
    return _signs(0x20000, np.dtype("<u4"))


def _signs(count: int, kind: np.dtype[Any]) -> _Signs:
    letters = [chr(code) for code in range(count)]
    plain = np.array([code if _inside(letter) else ord(" ") for code, letter in enumerate(letters)], dtype=kind)
    in_number = np.zeros(count, dtype=kind)
    for sign, stand_in in NUMBER_SIGNS.items():
        if ord(sign) < count:
            in_number[ord(sign)] = ord(stand_in)
    return _Signs(plain, in_number, np.array([letter.isdecimal() for letter in letters]))


def _inside(letter: str) -> bool:
    """Whether a character belongs to words: letters, digits, marks, invisible joiners, apostrophes."""
    return (
        letter.isalnum() or letter in _JOINING or unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf", "Sk", "Cs"}
    )
