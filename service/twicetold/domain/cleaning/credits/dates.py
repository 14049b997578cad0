"""Lines that say when a story was published or how long it takes to read: "Stand: 24.04.2024 22:58 Uhr"."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from twicetold.domain.cleaning.paragraphs import TextBlock, words
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.cleaning.vocabulary import load

MAX_WORDS = 20
DATE_LINE = "any.date-line"
MAX_LENGTH = 240
"""Characters of the longest lines that are looked at: some patterns here look on from each digit."""
NUMBER = re.compile(r"\d+(?:st|nd|rd|th|er|h|년|월|일|시|분)?\d*$|t\d\d$|\d\dz$")
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d|(?<![\d.])\d{1,2}([./-])\s?\d{1,2}\1\s?\d{2,4}|[12][09]\d\d\s?[年년/.]|(?<!\d)(?:19|20)\d\d(?!\d).*[^\W\d_]{3}"
    r"|[^\W\d_]{3}.*(?<!\d)(?:19|20)\d\d(?!\d)|\d.*(?:ago|назад|önce|siden|sedan|sitten|前|전|temu|geleden|trước|lalu|fa)$"
    r"|(?:vor|hace|il y a|há|منذ|לפני|πριν|před|acum)\s\d"
    r"|\d{1,2}[:.h]\d\d\s?(?:uhr|gmt|utc|[ap]\.?m|[cepm][ds]?t|ist|мск|wib)|[^\W\d_]{3}.*\d{1,2}[:h]\d\d"
)
"""What a date must hold besides words and numbers: a year, an age, or a time with its zone or a day."""
FULL_DATE = re.compile(
    r"(?<![\d.])\d{1,2}([./-])\d{1,2}\1\d{2,4}(?!\d)|\d{4}-\d\d-\d\d|\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?(?:19|20)\d\d"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2},?\s(?:19|20)\d\d"
)
SIGNED_NAMES = 6
SENTENCE_YEAR = re.compile(r"(?:19|20)\d\d\.$")
"""A year with a full stop is the last line of a sentence, not of a stamp."""
LEADING = re.compile(
    r"\s*(?:date|published|posted|updated)\s*:?\s+\d{4}-\d\d-\d\d(?:[ t]\d\d:\d\d(?::\d\d)?z?)?\s+(?=\S)",
    re.IGNORECASE,
)


class DateWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: words divided by blanks."""

    strong: str
    words: str


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """The strong words, and all."""
    read = load("dates", DateWords)
    strong = frozenset(words(read.strong))
    return strong, strong | frozenset(words(read.words))


def only_date_words(tokens: list[str]) -> bool:
    """Whether there is nothing but numbers and words of dates."""
    _, known = _vocabulary()
    return all(token in known or NUMBER.match(token) for token in tokens)


def date_line(block: TextBlock, tokens: list[str], *, edge: bool) -> Cut | None:
    """A block that holds nothing but a date: at the `edge` of a text any, elsewhere one that says "published" or so."""
    if len(tokens) > MAX_WORDS or len(block.text) > MAX_LENGTH:
        return None
    if not only_date_words(tokens) or SENTENCE_YEAR.search(block.text):
        return None
    strong, _ = _vocabulary()
    if any(token in strong for token in tokens) and (edge or len(tokens) > 1):
        return Cut(block.start, block.end, "date", "any.published")
    if edge and MOMENT.search(block.text.lower()) and len(FULL_DATE.findall(block.text)) < 2:
        return Cut(block.start, block.end, "date", DATE_LINE)
    return None


def is_date(block: TextBlock, tokens: list[str]) -> bool:
    """Whether a block is a date, without a word like "published"."""
    cut = date_line(block, tokens, edge=True) if tokens else None
    return cut is not None and cut.rule == DATE_LINE


def signed_date(block: TextBlock, tokens: list[str]) -> Cut | None:
    """A line of a name and a full date: "Ann Lee - Nov 19, 2019, 10:31 pm", "Von dpa 30.04.2024, 18:58"."""
    if len(tokens) > MAX_WORDS or len(block.text) > MAX_LENGTH:
        return None
    if not tokens[-1][-1].isalnum() or not FULL_DATE.search(block.text):
        return None
    _, known = _vocabulary()
    names = [token for token in tokens if token not in known and not token[0].isdigit()]
    dated = [token in known or token[0].isdigit() for token in tokens]
    if not names or len(names) > SIGNED_NAMES or not all(dated[-2:]) or dated[0] or SENTENCE_YEAR.search(block.text):
        return None
    written = block.text.split()
    if any(word[0].islower() and word.lower().strip(",.|") in names for word in written) or block.text[-1] in "!?":
        return None
    return Cut(block.start, block.end, "date", "any.signed-date")


def leading_date(text: str) -> Cut | None:
    """A machine-written date before the first sentence: "date 2019-05-05 The minister said"."""
    match = LEADING.match(text)
    return Cut(0, match.end(), "date", "any.leading-date") if match else None
