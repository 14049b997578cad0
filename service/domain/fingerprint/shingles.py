"""Runs of words as 64-bit hashes, all of a text at once."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

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
        total ^= _fold_down(wide[offset : offset + n] * factors[offset])
    return mix(total)


def _fold_down(values: Hashes) -> Hashes:
    """Bring the well-mixed upper bits of products down, so that xor of them is not linear in the words."""
    return values ^ (values >> _SHIFT)
