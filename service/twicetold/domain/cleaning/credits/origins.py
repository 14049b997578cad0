"""The outlet that told a story first, as the story itself says it: "This article was originally published by …"."""

from __future__ import annotations

import re
from itertools import chain

from msgspec import Struct

from twicetold.domain.cleaning.credits.credit_lines import Credit
from twicetold.domain.cleaning.paragraphs import TextBlock, lower
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.cleaning.vocabulary import load


class OriginPhrases(Struct, frozen=True, forbid_unknown_fields=True):
    """How one language says it: what the sentence is about, and what it says before the outlet's name."""

    code: str
    story: str
    told: str
    example: str


class OriginFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file of these phrases."""

    language: tuple[OriginPhrases, ...]


PHRASES = load("origins", OriginFile).language
_SENTENCES = tuple(re.compile(rf"(?:\b(?:{each.story})[^.!?\n]{{0,90}}?\s?)?(?:{each.told})\s?") for each in PHRASES)
_TOLD = tuple(re.compile(each.told) for each in PHRASES)
"""What every such sentence holds: to look for this first takes a quarter of the time, and hardly a block has any."""
_ABOUT = tuple(re.compile(rf"(?:{each.story})") for each in PHRASES)
_FIRST_BLOCKS, _LAST_BLOCKS = 2, 4
"""Blocks at the ends of a story that may tell its origin."""

_LONGEST = 300
_LINE = 160
"""Characters of a line that may say no more than the origin."""
_CLAUSE_END = re.compile(r"[.,;!?…]\s|[。，！？]")
_NAME = re.compile(
    r"[\W_]{0,4}(?P<name>(?:[^\s.,;:!?()|《》「」“”\"。，]|\.(?=\w))+(?:\s(?:[^\s.,;:!?()|《》「」“”\"。，]|\.(?=\w))+){0,5})"
)
_AFTER = re.compile(
    r"\s(?:on|and|under|in|as|with|at|und|am|unter|et|le|sous|el|y|bajo|em|e|il|en|op|och|og|i|и|в|та)(?=\s).*",
    re.DOTALL,
)


def origin_of(text: str) -> str | None:
    """The outlet that a story names as its origin in one of its first or last blocks; None without one.

    The sentence is about the story itself, or opens its block: what a story tells of a book is no origin.
    """
    blocks = [block for block in text.split("\n") if block.strip()]
    edges = chain(reversed(blocks[-_LAST_BLOCKS:]), blocks[:-_LAST_BLOCKS][:_FIRST_BLOCKS])
    return next((name for block in edges if len(block) <= _LONGEST and (name := _named(block.strip()))), None)


def origin_line(block: TextBlock) -> Credit | None:
    """A block that tells a story's origin and nothing else; the name goes into `Credits.origin` (see `origin_of`)."""
    told = len(block.text) <= _LINE and _CLAUSE_END.search(block.text[:-1]) is None
    if not told or _named(block.text) is None:
        return None
    return Credit(Cut(block.start, block.end, "agency", "any.origin"))


def _named(block: str) -> str | None:
    lowered = lower(block)
    for phrase, sentence, about in zip(_TOLD, _SENTENCES, _ABOUT, strict=True):
        if phrase.search(lowered) is None:
            continue
        told = sentence.search(lowered)
        if told is None or not (about.match(told[0]) or not any(map(str.isalnum, lowered[: told.start()]))):
            continue
        named = _NAME.match(block, told.end())
        name = _AFTER.sub("", named["name"]).strip() if named else ""
        if name and (name[0].isupper() or "." in name or not name[0].isascii()) and not name[0].isdecimal():
            return name
    return None
