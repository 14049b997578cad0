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
from twicetold.domain.fingerprint.normalise import APOSTROPHES, INVISIBLE
from twicetold.domain.fingerprint.written_numbers import DECIMAL, JOIN, SIGNS, apart, joints, opens_decimals

Spans = NDArray[np.int64]
"""Code point offsets of tokens, start and end: int64[n, 2]."""

_INVISIBLE_PLANE = 0xE
_HYPHENS = ("-", "\u2010", "\u2011")
_PREFIX_WORDS = (
    "anti bio co counter cyber e eco electro euro extra geo hydro hyper inter intra macro mega micro mini multi neo "
    "non over petro photo post pre pseudo psycho re semi socio sub super tele thermo trans tri ultra under"
)
PREFIXES = frozenset(_PREFIX_WORDS.split())
"""Parts of words before a hyphen that as many write without it: co-operation, re-elected, non-profit, e-mail."""
_PREFIX = max(map(len, PREFIXES))


def plain(text: str, language: str | None = None) -> str:
    """Blank everything between words; the result is as long as `text`, code point for code point.

    Signs that join digits stay, as what `written_numbers.SIGNS` puts for them, and hyphens after a prefix as JOIN. Line
    breaks within words become invisible. `language` (BCP 47) tells points from commas in numbers.
    """
    if text.isascii():
        return _blank(text, _code_points(text), _ascii_signs(), language).tobytes().decode("ascii")
    text = unspaced.unwrap(text)
    codes, signs = _code_points(text), _all_signs()
    visible = _visible(codes)
    if visible.all():
        blanked = _blank(text, codes, signs, language)
    else:
        blanked = signs.plain.take(codes, mode="clip")
        np.copyto(blanked, codes, where=codes >= len(signs.plain))
        seen = codes[visible]
        blanked[visible] = _blank(seen.tobytes().decode("utf-32-le", "surrogatepass"), seen, signs, language)
    return blanked.tobytes().decode("utf-32-le", "surrogatepass")


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
    blanked = plain("\n".join(texts))  # a blank could join numbers of two texts
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
    visible: NDArray[np.bool_] = _all_signs().visible.take(codes, mode="clip")
    if codes.max(initial=0) >> 16 >= _INVISIBLE_PLANE:
        visible &= codes >> 16 != _INVISIBLE_PLANE
    return visible


class _Signs(NamedTuple):
    """What to put for each code point: `plain` a blank or itself, `in_number` between two digits (0 for the same).

    visible: all but what digits beside it are neighbours in spite of.
    """

    plain: NDArray[Any]
    in_number: NDArray[np.uint8]
    digit: NDArray[np.bool_]
    visible: NDArray[np.bool_]


def _blank(text: str, codes: NDArray[Any], signs: _Signs, language: str | None) -> NDArray[Any]:
    """Blank a text without invisible signs."""
    blanked: NDArray[Any] = signs.plain.take(codes, mode="clip")
    if codes.dtype.itemsize > 1 and codes.max(initial=0) >= len(signs.plain):
        np.copyto(blanked, codes, where=codes >= len(signs.plain))
    for position in _prefix_hyphens(text):
        blanked[position] = ord(JOIN)
    digits = signs.digit.take(codes, mode="clip").nonzero()[0]
    if not len(digits):
        return blanked
    for position in (digits[codes[digits - 1] == ord(".")] - 1).tolist():
        if position >= 0 and opens_decimals(text, position):
            blanked[position] = ord(DECIMAL)
    gaps = digits[:-1][digits[1:] - digits[:-1] == 2] + 1
    if len(gaps):
        found = zip(gaps.tolist(), signs.in_number.take(codes[gaps], mode="clip").tolist(), strict=True)
        for position, sign in joints(text, [(position, chr(sign)) for position, sign in found if sign], language):
            blanked[position] = ord(sign)
    for position, sign in apart(text):
        blanked[position] = ord(sign)
    return blanked


def _prefix_hyphens(text: str) -> Iterable[int]:
    """Tell where hyphens stand that many leave out: behind a prefix that is no word."""
    for hyphen in _HYPHENS:
        position = text.find(hyphen)
        while position >= 0:
            if text[position + 1 : position + 2].isalpha() and _is_prefix(
                text[max(0, position - _PREFIX - 1) : position]
            ):
                yield position
            position = text.find(hyphen, position + 1)


def _is_prefix(before: str) -> bool:
    start = len(before)
    while start and before[start - 1].isalnum():
        start -= 1
    return before[start:].lower() in PREFIXES and before[start - 1 : start] not in _HYPHENS


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
    for sign, stand_in in SIGNS.items():
        if ord(sign) < count:
            in_number[ord(sign)] = ord(stand_in)
    visible = np.array([letter not in INVISIBLE for letter in letters])
    return _Signs(plain, in_number, np.array([letter.isdecimal() for letter in letters]), visible)


def _inside(letter: str) -> bool:
    """Whether a character belongs to words: letters, digits, marks, invisible joiners, apostrophes."""
    return letter.isalnum() or letter in APOSTROPHES or unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf", "Cs"}
