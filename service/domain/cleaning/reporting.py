"""Whether a sentence reports what someone said or did, as stories do and the outlet's own notices do not."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from service.domain.cleaning.vocabulary import load


class ReportingWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file, explained there."""

    words: str
    unspaced: str


@cache
def _vocabulary() -> tuple[frozenset[str], tuple[str, ...]]:
    read = load("reporting", ReportingWords)
    return frozenset(read.words.split()), tuple(read.unspaced.split())


def reports(lowered: str, tokens: list[str]) -> bool:
    """Whether a sentence, lower-cased and as words, names a speaker's verb or a body that stories are about."""
    spoken, unspaced = _vocabulary()
    return not spoken.isdisjoint(tokens) or (not lowered.isascii() and any(phrase in lowered for phrase in unspaced))
