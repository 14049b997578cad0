"""The fingerprint of a text: everything that matching needs of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.batches import batched
from twicetold.domain.fingerprint.joining import Joined, joined
from twicetold.domain.fingerprint.mojibake import undone
from twicetold.domain.fingerprint.orthography import Orthography, orthography
from twicetold.domain.fingerprint.parameters import (
    FEWEST_KEYED,
    PASSAGE_GRAM,
    PASSAGE_WINDOW,
    SHORT_TEXT,
    SHORT_WINDOW,
    FingerprintParameters,
)
from twicetold.domain.fingerprint.shingles import Hashes, grams, multipliers
from twicetold.domain.fingerprint.signature import band_keys, sign
from twicetold.domain.fingerprint.tokens import Spans, plain, spans_each, split
from twicetold.domain.fingerprint.winnow import winnow
from twicetold.domain.fingerprint.words import (
    WordCodes,
    content,
    hashes,
    parts,
    token_classes,
    ways_to_join,
)
from twicetold.domain.model import Fingerprint, Words

DEFAULT = FingerprintParameters()
_BATCH = 1 << 16
"""Code points cut into words together at most, unless one text has more: bounds the memory."""
_CODE = 8
"""Bytes of a word's code."""
_NO_KEYS = np.empty(0, dtype=np.int64)
_NO_SIGNATURE = np.empty(0, dtype=np.uint32)


def fingerprint(text: str, parameters: FingerprintParameters = DEFAULT, *, language: str | None = None) -> Fingerprint:
    """Fingerprint a cleaned text. Texts under FEWEST_KEYED words get words and digest only.

    language: BCP 47, for reading numbers; None if unknown.
    """
    codes = _word_codes(text, parameters, language)
    words = hashes(codes)
    found = parts(token_classes(codes), len(text))
    same = content(codes) if len(words) else text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(same, digest_size=16).digest()
    if len(words) < FEWEST_KEYED:
        return Fingerprint(
            words=words, kinds=found, digest=digest, signature=_NO_SIGNATURE, bands=_NO_KEYS, passages=_NO_KEYS
        )
    window = SHORT_WINDOW if len(words) <= SHORT_TEXT else PASSAGE_WINDOW
    signature = sign(grams(words, _factors(parameters, parameters.shingle)), parameters)
    return Fingerprint(
        words=words,
        kinds=found,
        digest=digest,
        signature=signature,
        bands=band_keys(signature, parameters),
        passages=winnow(passage_grams(words, parameters), window),
    )


def passage_grams(words: Words, parameters: FingerprintParameters = DEFAULT) -> Hashes:
    """Hash each run of PASSAGE_GRAM words, of which passage fingerprints are chosen, in text order."""
    return grams(words, _factors(parameters, PASSAGE_GRAM))


def signature(words: Words, parameters: FingerprintParameters = DEFAULT) -> NDArray[np.uint32]:
    """The signature of a text of any length, from its hashed words; of one shorter than a shingle it is over its words.

    A text without words gets an empty one, which equals no other.
    """
    if not len(words):
        return _NO_SIGNATURE
    size = min(parameters.shingle, len(words))
    return sign(grams(words, _factors(parameters, parameters.shingle)[:size]), parameters)


def hashed_words(text: str, parameters: FingerprintParameters = DEFAULT, *, language: str | None = None) -> Words:
    """Give `fingerprint(text).words` alone."""
    return hashes(_word_codes(text, parameters, language))


def word_spans(texts: Sequence[tuple[str, Words]], parameters: FingerprintParameters = DEFAULT) -> Iterator[Spans]:
    """Tell for each text, given with its words, where they stand in it."""
    for batch in batched(texts, [len(text) for text, _ in texts], most=_BATCH):
        for (text, words), found in zip(batch, spans_each([undone(text) for text, _ in batch]), strict=True):
            yield found if len(found) == len(words) else _of_words(found, text, parameters)


def _of_words(found: Spans, text: str, parameters: FingerprintParameters) -> Spans:
    """Leave out tokens of signs alone, which are no words, and make one of those that are one word."""
    words = _words(text, parameters, None)
    spans = found[words.which]
    kept = np.ones(len(spans), dtype=np.bool_)
    for first, last, _ in words.joined:
        spans[first, 1] = spans[last, 1]
        kept[first + 1 : last + 1] = False
    return spans[kept]


def _word_codes(text: str, parameters: FingerprintParameters, language: str | None) -> NDArray[np.uint64]:
    """Give the code of each word of a text."""
    return _words(text, parameters, language).codes


class _Words(NamedTuple):
    """The words of a text.

    which: the tokens that are words or parts of one, of all that it is cut into. joined: which of these are one word.
    """

    codes: NDArray[np.uint64]
    which: NDArray[np.bool_] | slice
    joined: list[Joined]


def _words(text: str, parameters: FingerprintParameters, language: str | None) -> _Words:
    text = undone(text)
    tokens, written = split(plain(text, language)), orthography(text)
    code_of = codes(parameters, written)
    packed = b"".join(map(code_of.__getitem__, tokens))
    found: NDArray[np.uint64] = np.frombuffer(packed, dtype="<u8")
    which: NDArray[np.bool_] | slice = slice(None)
    if len(found) < len(tokens):
        which = np.array([code_of[token] != b"" for token in tokens], dtype=np.bool_)
        tokens = [token for token in tokens if code_of[token]]
    ways = ways_to_join(found)
    groups = joined(tokens, ways, written) if ways else []
    if groups:
        start = 0
        pieces: list[bytes] = []
        for first, last, token in groups:
            pieces += packed[_CODE * start : _CODE * first], code_of[token]
            start = last + 1
        found = np.frombuffer(b"".join((*pieces, packed[_CODE * start :])), dtype="<u8")
    return _Words(found, which, groups)


@lru_cache(maxsize=32)
def codes(parameters: FingerprintParameters, written: Orthography) -> WordCodes:
    """The codes of tokens, remembered for as long as the process lives."""
    return WordCodes(parameters.key(f"words {parameters.normaliser}"), written)


@lru_cache(maxsize=8)
def _factors(parameters: FingerprintParameters, size: int) -> Hashes:
    return multipliers(parameters.key(f"runs of {size}"), size)
