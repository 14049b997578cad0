"""Cutting a text into tokens, and finding them again in it.

Where words are written apart a token is a word or a number; see `unspaced` for scripts that write them together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint import unspaced
from twicetold.domain.fingerprint.normalise import APOSTROPHES, INVISIBLE, NUMBER_SIGNS

Spans = NDArray[np.int64]
"""Code point offsets of tokens, start and end: int64[n, 2]."""

_JOINING = frozenset(APOSTROPHES) | frozenset(NUMBER_SIGNS.values())
_SKIPPED = 0xFF
_INVISIBLE_PLANE = 0xE


def plain(text: str) -> str:
    """Blank everything between words; the result is as long as `text`, code point for code point.

    Signs between two digits stay, as what `NUMBER_SIGNS` puts for them. Line breaks within words become invisible.
    """
    if text.isascii():
        return _blank(_code_points(text), _ascii_signs()).tobytes().decode("ascii")
    codes = _code_points(unspaced.unwrap(text))
    return _blank(codes, _all_signs()).tobytes().decode("utf-32-le", "surrogatepass")


def split(blanked: str) -> list[str]:
    """List the tokens of a text made `plain`, in order."""
    if _has_unspaced(blanked):
        return [blanked[start:end] for start, end in _found(blanked)]
    return blanked.split()


def spans(blanked: str) -> Spans:
    """Tell where each token of `split` stands."""
    if _has_unspaced(blanked):
        return np.array(list(_found(blanked)), dtype=np.int64).reshape(-1, 2)
    outside = np.ones(len(blanked) + 2, dtype=np.bool_)
    outside[1:-1] = _code_points(blanked) == ord(" ")
    return np.flatnonzero(outside[1:] != outside[:-1]).reshape(-1, 2)


def spans_each(texts: Sequence[str]) -> list[Spans]:
    """Tell where the tokens of each text stand, in one pass unless one has unspaced scripts."""
    blanked = plain(" ".join(texts))
    if _has_unspaced(blanked):
        return [spans(plain(text)) for text in texts]
    found = spans(blanked)
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    bounds = found[:, 0].searchsorted(starts).tolist()
    return [found[first:last] - start for start, (first, last) in zip(starts, pairwise(bounds), strict=False)]


def _has_unspaced(blanked: str) -> bool:
    if blanked.isascii():
        return False
    codes = _code_points(blanked)
    high = codes[codes >= unspaced.FIRST]  # few in most texts, and a search of the rest would take long
    return unspaced.LETTER.search(high.tobytes().decode("utf-32-le", "surrogatepass")) is not None


def _found(blanked: str) -> Iterable[tuple[int, int]]:
    """Tell where tokens stand in a text that has unspaced scripts, cut as if nothing invisible stood in it."""
    seen = _visible(_code_points(blanked))
    if seen.all():
        return unspaced.cut(blanked)
    places = np.flatnonzero(seen).tolist()
    visible = "".join(map(blanked.__getitem__, places))
    return ((places[start], places[end - 1] + 1) for start, end in unspaced.cut(visible))


def _code_points(text: str) -> NDArray[Any]:
    """One number a code point: uint8 of ASCII, else uint32."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _visible(codes: NDArray[Any]) -> NDArray[np.bool_]:
    skipped = _all_signs().in_number.take(codes, mode="clip") == _SKIPPED
    visible: NDArray[np.bool_] = ~(skipped | (codes >> 16 == _INVISIBLE_PLANE))
    return visible


class _Signs(NamedTuple):
    """What to put for each code point: `plain` a blank or itself, `in_number` between two digits.

    `in_number` is 0 where that is the same, and _SKIPPED for what is invisible: digits beside it are neighbours.
    """

    plain: NDArray[Any]
    in_number: NDArray[np.uint8]
    digit: NDArray[np.bool_]


def _blank(codes: NDArray[Any], signs: _Signs) -> NDArray[Any]:
    last = len(signs.plain) - 1
    wide = codes.dtype.itemsize > 1
    blanked: NDArray[Any] = signs.plain.take(codes, mode="clip")
    if wide and codes.max(initial=0) > last:
        np.copyto(blanked, codes, where=codes > last)
    stand_ins = signs.in_number.take(codes, mode="clip")
    joints = (stand_ins != 0).nonzero()[0]
    if wide and (stand_ins[joints] == _SKIPPED).any():
        visible = stand_ins != _SKIPPED
        blanked[visible] = _blank(codes[visible], signs)
        return blanked
    joints = joints[(joints > 0) & (joints < len(codes) - 1)]
    digit = signs.digit
    joints = joints[digit.take(codes[joints - 1], mode="clip") & digit.take(codes[joints + 1], mode="clip")]
    blanked[joints] = stand_ins[joints]
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
    in_number = np.zeros(count, dtype=np.uint8)
    for sign, stand_in in (NUMBER_SIGNS | dict.fromkeys(INVISIBLE, chr(_SKIPPED))).items():
        if ord(sign) < count:
            in_number[ord(sign)] = ord(stand_in)
    return _Signs(plain, in_number, np.array([letter.isdecimal() for letter in letters]))


def _inside(letter: str) -> bool:
    """Whether a character belongs to words: letters, digits, marks, invisible joiners, apostrophes."""
    return letter.isalnum() or letter in _JOINING or unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf", "Cs"}
