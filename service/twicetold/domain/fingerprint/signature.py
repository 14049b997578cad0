"""MinHash signatures equal to datasketch's, and the keys under which a store finds similar ones.

Broder, "On the resemblance and containment of documents", 1997; banding as in Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.parameters import BANDS, ROWS, FingerprintParameters
from twicetold.domain.fingerprint.shingles import Hashes, mix, multipliers
from twicetold.domain.model import Keys

Permutations = tuple[NDArray[np.uint32], NDArray[np.uint32]]
"""Factors and offsets, each uint32[permutations, 1]."""
_kept: dict[FingerprintParameters, Permutations] = {}
_CHUNK = 1024
"""Shingles taken at a time: the products of a chunk (128 x 1024 x 4 bytes) fit the cache, however long the text."""


def sign(shingles: Hashes, parameters: FingerprintParameters) -> NDArray[np.uint32]:
    """Compute the MinHash values of a shingle set, uint32[permutations].

    Value for value what `datasketch.MinHash(scheme="affine32", hashfunc=…)` holds after `update_batch` with what `fed`
    gives; computed here because datasketch takes every value through Python.
    """
    factors, offsets = permutations(parameters)
    hashed = fed(shingles)
    hashed = hashed ^ (hashed >> np.uint32(16))
    hashed *= np.uint32(0x85EBCA6B)
    hashed ^= hashed >> np.uint32(13)
    hashed *= np.uint32(0xC2B2AE35)
    hashed ^= hashed >> np.uint32(16)
    smallest = np.full(len(factors), np.iinfo(np.uint32).max, dtype=np.uint32)
    for start in range(0, len(hashed), _CHUNK):
        permuted = hashed[start : start + _CHUNK] * factors
        permuted += offsets
        np.minimum(smallest, permuted.min(axis=1), out=smallest)
    return smallest


def fed(shingles: Hashes) -> NDArray[np.uint32]:
    """Cut shingle hashes to the 32 bits that a signature is made from; datasketch fed with these gives the same one."""
    return (shingles >> np.uint64(32)).astype(np.uint32)


def band_keys(signature: NDArray[np.uint32], parameters: FingerprintParameters) -> Keys:
    """Make one key a band, int64[BANDS]: a keyed hash of scheme, band number and rows."""
    factors = _band_factors(parameters)
    rows = signature.astype(np.uint64).reshape(BANDS, ROWS)
    return mix((rows * factors).sum(axis=1, dtype=np.uint64)).view(np.int64)


def permutations(parameters: FingerprintParameters) -> Permutations:
    """Take the permutations from datasketch itself, for these parameters; once, or not at all where they are kept."""
    if parameters not in _kept:
        # it brings scipy, which takes longer to import than all else together: commands that sign nothing do without
        from datasketch import MinHash  # noqa: PLC0415

        drawn = MinHash(num_perm=parameters.permutations, seed=parameters.seed, scheme=parameters.scheme).permutations
        keep_permutations(parameters, (drawn[0].reshape(-1, 1), drawn[1].reshape(-1, 1)))
    return _kept[parameters]


def keep_permutations(parameters: FingerprintParameters, drawn: Permutations) -> None:
    """Take permutations that another process drew from datasketch for these parameters."""
    _kept[parameters] = drawn


@lru_cache(maxsize=8)
def _band_factors(parameters: FingerprintParameters) -> Hashes:
    return multipliers(parameters.key(f"bands {parameters.identity}"), BANDS * ROWS).reshape(BANDS, ROWS)
