"""Whether a sentence reports what someone said or did, as stories do and the outlet's own notices do not."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from twicetold.domain.cleaning.vocabulary import load


class ReportingWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file, explained there."""

    words: str
    others: tuple[str, ...]
    own: str
    reader: str
    unspaced: str


@cache
def _file() -> ReportingWords:
    return load("reporting", ReportingWords)


@cache
def _vocabulary() -> tuple[frozenset[str], tuple[str, ...], re.Pattern[str]]:
    read = _file()
    return frozenset(read.words.split()), tuple(read.unspaced.split()), re.compile("|".join(read.others))


@cache
def _own() -> tuple[frozenset[str], frozenset[str]]:
    own = frozenset(_file().own.split())
    return own, own | frozenset(_file().reader.split())


def reports(lowered: str, tokens: list[str]) -> bool:
    """Whether a sentence, lower-cased and as words, names a speaker's verb or a body that stories are about."""
    spoken, unspaced, others = _vocabulary()
    if not spoken.isdisjoint(tokens) or others.search(lowered):
        return True
    return not lowered.isascii() and any(phrase in lowered for phrase in unspaced)


def speaks_of_itself(tokens: list[str]) -> bool:
    """Whether the outlet speaks of itself: "our newsletter"."""
    return not _own()[0].isdisjoint(tokens)


def addresses(lowered: str, tokens: list[str]) -> bool:
    """Whether the outlet speaks of itself or to its readers, as far as words tell that stand alone."""
    return not _own()[1].isdisjoint(tokens) or lowered == lowered.upper()
