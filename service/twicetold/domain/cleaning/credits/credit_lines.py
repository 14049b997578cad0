"""Credits: agencies, initials, byline and dateline, which are cut but kept as what they say.

They count only where outlets put them: a dateline at the head of the first blocks, agencies and initials at the end of
the last ones, whole credit lines and bylines within the first or last few blocks. A cut never takes more of a block
than the prefix, the suffix, or a block that holds nothing else.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec import Struct

from twicetold.domain.cleaning.paragraphs import TextBlock, lower
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.cleaning.vocabulary import load
from twicetold.domain.model import Credits


class Agency(Struct, frozen=True, forbid_unknown_fields=True):
    """An agency: its name in the credits, written forms, and forms (`marks`) that only count in brackets or alone."""

    name: str
    words: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


class AgencyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file of agencies; `links` are words that may stand beside them in a credit line."""

    links: str
    agency: tuple[Agency, ...]


_FILE = load("agencies", AgencyFile)
FORMS = {form: agency.name for agency in _FILE.agency for form in (*agency.words, *agency.marks)}
"""Written form (lower case) to name."""
FIRST_WORDS = frozenset(form.split()[0] for form in FORMS)
LINKS = frozenset(_FILE.links.split())

INITIALS = r"(?:[a-zäöüßæøå]{1,4}(?:\s?[/,]\s?[a-zäöüßæøå]{1,4}){0,5}/?)"
FORM = re.compile(r"[^\s,;/()（）\[\]|•·&+]+")
TRAILER = r"[\s\-–—.]*$"
SUFFIX_REACH = 140
DASHED_REACH = 44
AUTHOR = re.compile(
    r"(?:Author|Autor|Autorin|Auteur|Автор|Autore):\s(?P<name>[^\W\d_][\w'’.-]*(?:\s[^\W\d_][\w'’.-]*){1,3})$"
)
BRACKETED = re.compile(
    rf"(?P<lead>^|[\s.!?\"”»’'…)\-–—])(?P<initials>{INITIALS}[\s\-]{{0,2}})?"
    rf"(?P<list>[(\[（][^()\[\]（）]{{2,90}}[)\]）]){TRAILER}"
)
DASHED = re.compile(r"(?P<lead>[.!?\"”»’'…)])\s+(?P<list>(?:[-–—]{1,2}\s?|[/©])?[^\s.!?][^.!?]{1,40}?)" + TRAILER)
SENTENCE_ENDS = tuple(".!?\"”»’'…)-–—。！？")

CREDIT_BLOCKS = 3
"""Agencies and initials close a text within so many blocks of its end: a caption or two may follow."""


class Credit(NamedTuple):
    """A cut of credits and what it says."""

    cut: Cut
    agencies: tuple[str, ...] = ()
    byline: str | None = None
    dateline: str | None = None


def named(text: str) -> tuple[tuple[str, ...], bool]:
    """The agencies that a credit line names, in order, and whether it holds nothing but them and link words."""
    found: dict[str, None] = {}
    lowered = lower(text).strip(" ()[]（）［］【】.-–—©/:\t")
    if lowered in FORMS:
        return (FORMS[lowered],), True
    tokens = [t for t in (raw.strip(".:-–—©'\"") for raw in FORM.findall(lowered)) if t]
    if FIRST_WORDS.isdisjoint(tokens):
        return (), False
    at, pure = 0, True
    while at < len(tokens):
        for length in (3, 2, 1):
            form = " ".join(tokens[at : at + length])
            if form in FORMS:
                found[FORMS[form]] = None
                at += length
                break
        else:
            pure = pure and (tokens[at] in LINKS or tokens[at].isdigit())
            at += 1
    return tuple(found), pure


def suffix(block: TextBlock) -> Credit | None:
    """The agencies and initials that close a block, after its last sentence."""
    offset = max(0, len(block.text) - SUFFIX_REACH)
    tail = block.text[offset:]
    bare = tail.rstrip(" -–—.")
    if bare.endswith((")", "]", "）")):
        pattern = BRACKETED
    elif not FIRST_WORDS.isdisjoint(FORM.findall(lower(bare[-DASHED_REACH:]))):
        pattern = DASHED
    else:
        return None
    for match in pattern.finditer(tail):
        found, pure = named(match["list"])
        start = offset + match.end("lead")
        lead = block.text[:start].rstrip()
        signed = "/" in (match.groupdict().get("initials") or "")
        if found and (signed or (pure and (not lead or lead.endswith(SENTENCE_ENDS)))):
            author = AUTHOR.search(lead, max(0, len(lead) - SUFFIX_REACH))
            start = author.start() if author else start
            cut = Cut(block.start + start, block.end, "agency", "any.agency-suffix")
            return Credit(cut, agencies=found, byline=author["name"] if author else None)
    return None


WHOLE_MAX = 90
SLASHED = re.compile(
    r"[^\W\d_]{2,4}(?:/[^\W\d_]{2,8}){1,4}$|\([a-z]{2,4}(?:/[a-z]{2,4}){0,3}\)$"
    r"|[^\W\d_]{2,4}(?:[/-][^\W\d_]{2,4}){1,6}$"
    r"|(?:[^\W\d_]{2,4}/\s?){1,5}$|[^\W\d_]{2,4}(?: // [^\W\d_]{2,4}){1,3}$"
)
"""Initials of those who wrote and edited, as desks sign: "mm/aw", "ale-br/cd", "ann/ bob/", "ALE // BRC"."""
DOUBLED = " // "
DESK = re.compile(r"(?P<agency>[^()/\n]{2,30}?)\s?/?\s?\([^()]{2,60}:[^()]{2,60}\)$")
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{2,24}){1,4}$")
SIGNED = re.compile(
    r"^[\w .'’-]{2,30}(?: avec| con| mit| with| com| und| and| och| og| met| z|,|/| /)\s(?P<list>[\w ,./&-]{2,40})$"
)


def credit_line(block: TextBlock) -> Credit | None:
    """A block that holds nothing but agencies and initials: "mm/aw (AFP, AP, Reuters)", "Quelle: dpa", "Reuter"."""
    text = block.text
    if len(text) > WHOLE_MAX:
        return None
    if ADDRESS.match(text):
        return Credit(Cut(block.start, block.end, "contact", "any.address"))
    found, pure = named(text)
    if found and not pure:
        rest = BRACKETED.match(text)
        pure = rest is not None and named(rest["list"])[1]
        signed = None if pure else SIGNED.match(text)
        pure = pure or (signed is not None and text[0].isupper() and named(signed["list"]) == (found, True))
        pure = pure or _initials_and_agencies(text) or _desk(text)
    if found and pure:
        return Credit(Cut(block.start, block.end, "agency", "any.agency-line"), agencies=found)
    if SLASHED.match(text) and (
        DOUBLED in text if text.isupper() else text.islower() and ("/" in text or text[0] == "(")
    ):
        return Credit(Cut(block.start, block.end, "byline", "any.initials"), byline=text)
    return None


def _desk(text: str) -> bool:
    """Whether a line names an agency and, in brackets, who did what: "MTI (text: Ann Lee, editor: Bob Ray)"."""
    match = DESK.match(text)
    return match is not None and named(match["agency"])[1] and bool(named(match["agency"])[0])


def _initials_and_agencies(text: str) -> bool:
    """Whether a line like "sak/Reuters" or "ino/dpa" holds only initials and agencies."""
    parts = [part.strip() for part in re.split(r"[/,]", text)]
    return len(parts) > 1 and all(all(named(part)) or re.fullmatch(r"[a-zäöü]{2,4}", part) for part in parts)


def combine(found: list[Credit]) -> Credits:
    """What all cuts of credits say together, in text order."""
    found = sorted(found, key=lambda credit: credit.cut.start)
    names = dict.fromkeys(name for credit in found for name in credit.agencies)
    return Credits(
        agencies=tuple(names),
        byline=next((credit.byline for credit in found if credit.byline), None),
        dateline=next((credit.dateline for credit in found if credit.dateline), None),
    )
