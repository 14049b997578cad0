"""Bylines: "By Ann Lee, Political Correspondent", "Von Jan Weiss", "Par Luc Petit (avec AFP)"."""

from __future__ import annotations

import re

from msgspec import Struct

from twicetold.domain.cleaning.credits.credit_lines import Credit, named
from twicetold.domain.cleaning.credits.dates import only_date_words
from twicetold.domain.cleaning.credits.names import NAME_LINK, reads_like_names
from twicetold.domain.cleaning.paragraphs import TextBlock
from twicetold.domain.cleaning.paragraphs import words as words_of
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.cleaning.vocabulary import load

MAX_LENGTH = 120
MAX_WORDS = 14


class BylineWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: regular expressions, explained there."""

    signed: tuple[str, ...]
    contributed: tuple[str, ...]
    nameless: str
    biographies: tuple[str, ...]


_WORDS = load("bylines", BylineWords)
SIGNED = re.compile(rf"(?:{'|'.join(_WORDS.signed)})(?:(?<=\W)|(?!\w))\s*(?P<names>\S.*)$", re.IGNORECASE)
CONTRIBUTED = re.compile("|".join(_WORDS.contributed))
NAMELESS = frozenset(_WORDS.nameless.split())
TEAM_LABEL = re.compile(
    r"[;,]? ?(?:additional )?(?:reporting|editing|writing|graphics?|photo(?:s|graphy)?) by\b", re.IGNORECASE
)
TEAM_PLACE = re.compile(r" (?:in|at|from) (?=[A-Z])")
PERSONS = re.compile(r"\s?[,;/|&]\s|\s(?:and|und|et|y|e|og|och|en|i|ja|и|та)\s")
BIOGRAPHIES = re.compile("|".join(_WORDS.biographies))
WRITTEN = re.compile(r"(?:written|posted) by|by ")
"""After these even a single name is a byline."""
DATE_START = re.compile(
    r"\s?[,|•·/-]?\s*(?:\bon\s)?(?:\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day|published|updated|posted|publiziert|veröffentlicht|aktualisiert).*$",
    re.IGNORECASE,
)
ROLE = re.compile(
    r",\s(?:[\w&-]+\s){0,4}(?:reporter(?:in)?|correspondent|editor|writer|columnist|korrespondent(?:in)?|corresponsal"
    r"|correspondante?)$",
    re.IGNORECASE,
)
"""What somebody who signs is at the outlet, in small letters or capitals."""
DATE_OPENING = 12
DATED = re.compile(
    r"(?P<date>\S.{5,60}?)\s?[,|·–-]?\s(?:(?:publicado |publié |posted )?(?:by|von|par|por|door)):?\s"
    r"(?P<names>[^\W\d_].*)$",
    re.IGNORECASE,
)


def byline(block: TextBlock) -> Credit | None:
    """The byline that a block is, if it is nothing else."""
    text = block.text
    if len(text) > MAX_LENGTH * 2:
        return None
    contributed = CONTRIBUTED.match(text)
    if contributed and (not contributed["names"] or _team(contributed["names"])):
        return Credit(_cut(block, "byline"), agencies=named(text)[0], byline=text)
    match = SIGNED.match(text) or _dated(text)
    if match is None or len(text) > MAX_LENGTH:
        return None
    names = match["names"].strip()
    if (date := DATE_START.search(names)) and date.start() and only_date_words(words_of(date[0])):
        names = names[: date.start()]
    signed, names = names, ROLE.sub("", names)
    separated = match[0][: match.start("names")].rstrip()[-1:] in ":：/／"
    words = names.split()
    ends = names[-1] in "？！。?!" or (names[-1] in '.:;”"' and len(words) > 3)
    alone = len(words) < 2 and not separated and not named(names)[1] and not WRITTEN.match(text)
    nameless = not separated and not _full_name(names)
    if ends or alone or nameless or len(words) > MAX_WORDS or words[0][0].islower() or not reads_like_names(names):
        return None
    return Credit(_cut(block, "byline"), agencies=named(names)[0], byline=DATE_START.sub("", signed) or None)


def _team(names: str) -> bool:
    """Whether nothing but names, places and parts of the work follow: "Ann Lee in Paris; Editing by Bob Ray"."""
    plain = TEAM_PLACE.sub(", ", TEAM_LABEL.sub(",", names)).rstrip(".")
    return all(part[:1].isupper() or part in NAME_LINK for part in re.findall(r"[^\W\d_][\w'’.-]*", plain))


def _full_name(names: str) -> bool:
    """Whether the first of several has two names, as people have who sign: "Di Maio e Salvini" is a subhead.

    Nor does one who signs go on after a colon, or end like "By Popular Demand".
    """
    first, *others = PERSONS.split(names, maxsplit=1)
    tokens = words_of(first)
    if others and len(tokens) == 1 and not named(first)[1]:
        return False
    return ":" not in names and not (tokens and tokens[-1] in NAMELESS)


def _dated(text: str) -> re.Match[str] | None:
    """A line that begins with a date and ends with names: "5:45 AM PST 11/19/2019 by Ann Lee"."""
    match = DATED.match(text) if only_date_words(words_of(text[:DATE_OPENING])[:1]) else None
    if match is None or not any(sign.isdigit() for sign in match["date"]):
        return None
    return match if only_date_words(words_of(match["date"])) else None


def _cut(block: TextBlock, rule: str) -> Cut:
    return Cut(block.start, block.end, "byline", f"any.{rule}")
