"""The fingerprint of a text: everything that matching needs of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.batches import batched
from twicetold.domain.fingerprint.parameters import FEWEST_WORDS, PASSAGE_GRAM, FingerprintParameters
from twicetold.domain.fingerprint.shingles import Hashes, grams, multipliers
from twicetold.domain.fingerprint.signature import band_keys, sign
from twicetold.domain.fingerprint.tokens import Spans, plain, spans_each, split
from twicetold.domain.fingerprint.winnow import winnow
from twicetold.domain.fingerprint.words import WordCodes, hashes, parts, token_classes
from twicetold.domain.model import Fingerprint, Words

DEFAULT = FingerprintParameters()
_BATCH = 1 << 16
"""Code points cut into words together at most, unless one text has more: bounds the memory."""
_NO_KEYS = np.empty(0, dtype=np.int64)
_NO_SIGNATURE = np.empty(0, dtype=np.uint32)


def fingerprint(text: str, parameters: FingerprintParameters = DEFAULT) -> Fingerprint:
    """Fingerprint a cleaned text. Texts under FEWEST_WORDS words get words and digest only."""
    codes = _word_codes(text, parameters)
    words = hashes(codes)
    found = parts(token_classes(codes), len(text))
    same = (codes & ~np.uint64(3)).tobytes() if len(words) else text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(same, digest_size=16).digest()
    if len(words) < FEWEST_WORDS:
        return Fingerprint(
            words=words, kinds=found, digest=digest, signature=_NO_SIGNATURE, bands=_NO_KEYS, passages=_NO_KEYS
        )
    signature = sign(grams(words, _factors(parameters, parameters.shingle)), parameters)
    return Fingerprint(
        words=words,
        kinds=found,
        digest=digest,
        signature=signature,
        bands=band_keys(signature, parameters),
        passages=winnow(grams(words, _factors(parameters, PASSAGE_GRAM))),
    )


def signature(words: Words, parameters: FingerprintParameters = DEFAULT) -> NDArray[np.uint32]:
    """The signature of a text of any length, from its hashed words; of one shorter than a shingle it is over its words.

    A text without words gets an empty one, which equals no other.
    """
    if not len(words):
        return _NO_SIGNATURE
    size = min(parameters.shingle, len(words))
    return sign(grams(words, _factors(parameters, parameters.shingle)[:size]), parameters)


def hashed_words(text: str, parameters: FingerprintParameters = DEFAULT) -> Words:
    """Give `fingerprint(text).words` alone."""
    return hashes(_word_codes(text, parameters))


def word_spans(texts: Sequence[tuple[str, Words]], parameters: FingerprintParameters = DEFAULT) -> Iterator[Spans]:
    """Tell for each text, given with its words, where they stand in it."""
    for batch in batched(texts, [len(text) for text, _ in texts], most=_BATCH):
        for (text, words), found in zip(batch, spans_each([text for text, _ in batch]), strict=True):
            yield found if len(found) == len(words) else _of_words(found, text, parameters)


def _of_words(found: Spans, text: str, parameters: FingerprintParameters) -> Spans:
    """Leave out tokens of signs alone, which are no words; most texts have none."""
    codes = map(_codes(parameters).__getitem__, split(plain(text)))
    return found[np.array([code != b"" for code in codes], dtype=np.bool_)]


def _word_codes(text: str, parameters: FingerprintParameters) -> NDArray[np.uint64]:
    """Give the code of each word of a text."""
    codes = map(_codes(parameters).__getitem__, split(plain(text)))
    return np.frombuffer(b"".join(codes), dtype="<u8")


@lru_cache(maxsize=8)
def _codes(parameters: FingerprintParameters) -> WordCodes:
    return WordCodes(parameters.key(f"words {parameters.normaliser}"))


@lru_cache(maxsize=8)
def _factors(parameters: FingerprintParameters, size: int) -> Hashes:
    return multipliers(parameters.key(f"runs of {size}"), size)
