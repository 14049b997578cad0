"""Runs of words as 64-bit hashes, all of a text at once."""

from __future__ import annotations

import hashlib
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.parameters import SHINGLE

Hashes = NDArray[np.uint64]
Number = TypeVar("Number", bound=np.generic)

_FIRST = np.uint64(0xFF51AFD7ED558CCD)
_SECOND = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)


def mix(values: Hashes) -> Hashes:
    """MurmurHash3's 64-bit finaliser (Appleby), a bijection that spreads every bit over all."""
    values = values ^ (values >> _SHIFT)
    values = values * _FIRST
    values ^= values >> _SHIFT
    values *= _SECOND
    return values ^ (values >> _SHIFT)


def multipliers(key: bytes, count: int) -> Hashes:
    """`count` odd 64-bit numbers drawn from `key`."""
    return np.frombuffer(hashlib.shake_256(key).digest(8 * count), dtype="<u8").astype(np.uint64) | np.uint64(1)


def grams(words: NDArray[np.uint32], factors: Hashes) -> Hashes:
    """Hash each run of k = `len(factors)` words, in text order: uint64[max(0, n - k + 1)]."""
    k = len(factors)
    n = len(words) - k + 1
    if n <= 0:
        return np.empty(0, dtype=np.uint64)
    wide = words.astype(np.uint64)
    total = wide[:n] * factors[0]
    for offset in range(1, k):
        total += wide[offset : offset + n] * factors[offset]
    return mix(total)


def shingled(words: NDArray[np.uint32]) -> Hashes:
    """Hash each run of SHINGLE words for exact comparison, in text order."""
    return grams(words, _EXACT)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Sort and keep each value once, as `numpy.unique` does with more ado."""
    values = np.sort(values)
    return values[leading(values)]


def leading(values: NDArray[Number], most: int = 1) -> NDArray[np.bool_]:
    """Mark the first `most` of every run of equal values."""
    marks = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[most:], values[:-most], out=marks[most:])
    return marks


def ranges(starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """List the positions of ranges one after the other: `starts[0]`, `starts[0] + 1` and so on."""
    positions: NDArray[np.intp] = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return positions


_EXACT = multipliers(b"exact sets", SHINGLE)
