"""The story's region: from its first block to its last, with a record of what is left out in it and around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from twicetold.domain.extraction.blocks import HEADINGS, PROSE_WORDS, PageBlock
from twicetold.domain.extraction.copies import copies
from twicetold.domain.extraction.links import settle_links
from twicetold.domain.extraction.lists import together
from twicetold.domain.extraction.page import words as words_of
from twicetold.domain.extraction.roles import Role
from twicetold.domain.model import ChromeBlock, OverrideAction, RemovedSpan

_WORD = re.compile(r"\w+")
HEADLINE = "title:headline"
OVERRIDE = "override:selector"
HEADLINE_AMONG = 4
"""The first blocks of a story, of which one may be the headline."""
_CERTAIN = frozenset({"interface:repeated", HEADLINE, OVERRIDE})

_ROLE_RULES = (
    (Role.COMMENTS, "comments:section"),
    (Role.NEWSLETTER, "newsletter:box"),
    (Role.SHARE, "share:box"),
    (Role.ADVERTISEMENT, "ad:box"),
    (Role.NOTICE, "interface:notice"),
    (Role.AUTHOR, "byline:about"),
    (Role.CAPTION, "photo:caption"),
    (Role.RELATED, "teaser:box"),
    (Role.NAVIGATION, "interface:navigation"),
    (Role.META, "date:meta"),
    (Role.MEDIA, "photo:caption"),
    (Role.SIDE, "teaser:side"),
    (Role.FOOTER, "interface:footer"),
    (Role.HIDDEN, "interface:hidden"),
)
_TAG_RULES = {
    "figcaption": "photo:caption",
    "figure": "photo:caption",
    "nav": "interface:navigation",
    "footer": "interface:footer",
    "button": "interface:button",
    "form": "interface:form",
    "aside": "teaser:side",
}
LEAD_WITHIN = 40
"""Blocks before the story's first, among which its lead is looked for."""
LONGEST_LEAD = 700
SAME = 0.8
"""Of the words of the shorter: two texts that share so many say the same."""
LARGEST_NAMED = 0.2
"""Of the page's prose: what holds more is no reason to leave a block out."""
LARGEST_COMMENTS = 0.8
"""Of the page's prose: comments may be longer than the story they are about."""
NAMED_FROM = 0.8
"""From this likelihood on a block is story whatever the name of its part. Of words below it in small parts named so,
nine in ten were none of the story's on 641 pages."""
LINKED_FROM = 0.95
"""And from this one on, whatever its links."""
_NAMED_RULES = tuple(
    (role, rule)
    for role, rule in _ROLE_RULES
    if role in {Role.COMMENTS, Role.NEWSLETTER, Role.NOTICE, Role.AUTHOR, Role.CAPTION}
)
LINKED = 0.5


LITTLE = 40
"""Words: a story with fewer is looked for once more."""
LEFT_OUT_SHARE = 0.1
"""Of a story's words: a page is doubtful whose blocks left out are expected to hold more of the story than this."""
_DOUBTFUL = (
    "some of what was left out reads like part of the story ({words} words by the model's reckoning); see `removed`,"
    " and the page's chrome with explain=1"
)


class PlacedBlock(NamedTuple):
    """A block of a region, and where its text begins in the region's."""

    start: int
    block: PageBlock


class Region(Struct, frozen=True, kw_only=True):
    """`text` is every block of the region, `removed` those left out, `story` the rest; `chrome` stands around it."""

    text: str
    story: tuple[str, ...] = ()
    removed: tuple[RemovedSpan, ...] = ()
    chrome: tuple[ChromeBlock, ...] = ()
    warnings: tuple[str, ...] = ()
    blocks: tuple[PlacedBlock, ...] = ()


def find_region(
    blocks: list[PageBlock],
    likelihood: NDArray[np.float64],
    *,
    story_from: float,
    title: str | None,
    description: str | None,
    second: Callable[[], str],
) -> Region:
    """The region of a page's story, by how likely each of its blocks is story, which it is from `story_from` on.

    Where that finds little, a block is story as well if `second`, the answer of another extractor, holds it.
    """
    if not blocks:
        return Region(text="")
    likelihood = together(blocks, likelihood)
    if _size(blocks, likelihood, story_from) < LITTLE:
        other = "".join(second().split())
        held = np.array([block.linked < LINKED and "".join(block.text.split()) in other for block in blocks])
        if held.any():
            likelihood = np.where(held, 1.0, likelihood)
    rules = settle(blocks, likelihood, story_from=story_from, title=title, description=description)
    found = region(blocks, rules)
    expected = sum(
        told * block.words for block, told, rule in zip(blocks, likelihood, rules, strict=True) if _is_loss(block, rule)
    )
    told = sum(block.words for block, rule in zip(blocks, rules, strict=True) if rule is None)
    if expected > LEFT_OUT_SHARE * told and expected >= 1:
        return structs.replace(found, warnings=(_DOUBTFUL.format(words=round(expected)),))
    return found


def _size(blocks: Sequence[PageBlock], likelihood: NDArray[np.float64], story_from: float) -> int:
    return sum(block.words for block, told in zip(blocks, likelihood, strict=True) if told >= story_from)


def settle(
    blocks: Sequence[PageBlock],
    likelihood: NDArray[np.float64],
    *,
    story_from: float,
    title: str | None,
    description: str | None,
) -> list[str | None]:
    """For each block the rule by which it is left out, or None for the story's own."""
    story = [block for block, told in zip(blocks, likelihood, strict=True) if told >= story_from]
    size, page = sum(block.words for block in story), sum(block.words for block in blocks if block.prose)
    rules = [
        _named(block, size, page, sure=told >= NAMED_FROM) if told >= story_from else _why(block)
        for block, told in zip(blocks, likelihood, strict=True)
    ]
    if description:
        _take_in_lead(blocks, rules, description)
    for number in copies(blocks, [number for number, rule in enumerate(rules) if rule is None]):
        rules[number] = "interface:repeated"
    settle_links(blocks, rules, sure=[told >= LINKED_FROM for told in likelihood])
    _bare_headings(blocks, rules)
    if title:
        _leave_out_headline(blocks, rules, title)
    _override(blocks, rules)
    return rules


def _override(blocks: Sequence[PageBlock], rules: list[str | None]) -> None:
    """Do as the operator of this service wants it."""
    for number, block in enumerate(blocks):
        if block.container.override is not None:
            rules[number] = None if block.container.override is OverrideAction.KEEP else OVERRIDE


def _leave_out_headline(blocks: Sequence[PageBlock], rules: list[str | None], title: str) -> None:
    """The headline is the last heading before the story that repeats the title, or one of the story's first blocks."""
    kept = [number for number, rule in enumerate(rules) if rule is None]
    if not kept:
        return
    for number in kept[:HEADLINE_AMONG]:
        if _is_headline(blocks[number], title):
            rules[number] = HEADLINE
    for number in range(kept[0] - 1, -1, -1):
        if blocks[number].container.tag in HEADINGS and _is_headline(blocks[number], title):
            rules[number] = HEADLINE
            return


def _take_in_lead(blocks: Sequence[PageBlock], rules: list[str | None], description: str) -> None:
    """Take in the lead (standfirst, chapô, Vorspann), which pages set apart.

    It is prose before the story's first block that the page gives as its description, which may be cut short.
    """
    wanted = words_of(description)
    first = next((number for number, rule in enumerate(rules) if rule is None), 0)
    for number in range(first - 1, max(-1, first - LEAD_WITHIN - 1), -1):
        block = blocks[number]
        if not block.prose or not block.ended or len(block.text) > LONGEST_LEAD:
            continue
        found = words_of(block.text)
        shorter = max(PROSE_WORDS, min(len(found), len(wanted)))
        if len(found & wanted) >= SAME * shorter and 2 * len(wanted) >= len(found):
            rules[number] = None
            return


def _named(block: PageBlock, size: int, page: int, *, sure: bool) -> str | None:
    """The rule by which a block goes that is likely story, but stands in a small part with the name of something else.

    `size` are the words of what is likely the story, `page` those of all prose of the page.
    """
    for role, rule in _NAMED_RULES if not sure else _NAMED_RULES[:1]:
        if block.roles >> role & 1:
            return rule
        holder = block.container.nearest.get(1 << role)
        if holder is None:
            continue
        if holder.words <= LARGEST_NAMED * size or (role is Role.COMMENTS and holder.prose <= LARGEST_COMMENTS * page):
            return rule
    return None


def _is_loss(block: PageBlock, rule: str | None) -> bool:
    """Whether a block was left out for its likelihood, though it reads like prose."""
    return rule is not None and rule not in _CERTAIN and block.prose


def _bare_headings(blocks: Sequence[PageBlock], rules: list[str | None]) -> None:
    """Leave out headings that end the story, with nothing below."""
    for number in range(len(blocks) - 1, -1, -1):
        if rules[number] is None:
            if blocks[number].container.tag not in HEADINGS:
                return
            rules[number] = "links:heading"


def region(blocks: Sequence[PageBlock], rules: Sequence[str | None]) -> Region:
    """Put the story together; without a story block, all is chrome."""
    kept = [number for number, rule in enumerate(rules) if rule is None]
    if not kept:
        return Region(text="", chrome=tuple(_chrome(blocks, rules)))
    first, last = _with_headline(rules, kept[0]), kept[-1] + 1
    parts: list[str] = []
    removed: list[RemovedSpan] = []
    placed: list[PlacedBlock] = []
    at = 0
    for block, rule in zip(blocks[first:last], rules[first:last], strict=True):
        gap = block.gap if parts else ""
        start = at + len(gap)
        parts += gap, block.text
        placed.append(PlacedBlock(start, block))
        at = start + len(block.text)
        if rule is not None:
            removed.append(RemovedSpan(kind=rule.partition(":")[0], rule=rule, start=start, end=at, text=block.text))
    text = "".join(parts)
    chrome = (*_chrome(blocks[:first], rules[:first]), *_chrome(blocks[last:], rules[last:]))
    story = tuple(blocks[number].text for number in kept)
    return Region(text=text, story=story, removed=tuple(_joined(text, removed)), chrome=chrome, blocks=tuple(placed))


def _with_headline(rules: Sequence[str | None], first: int) -> int:
    """Where the region begins: at the headline, if that stands before the first block."""
    return next((number for number in range(first) if rules[number] == HEADLINE), first)


def _joined(text: str, removed: Sequence[RemovedSpan]) -> Iterator[RemovedSpan]:
    """Spans with blanks alone between them as one, if one rule left them out."""
    last: RemovedSpan | None = None
    for span in removed:
        if last is not None and last.rule == span.rule and span.start - last.end <= 2:
            last = RemovedSpan(
                kind=last.kind, rule=last.rule, start=last.start, end=span.end, text=text[last.start : span.end]
            )
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _chrome(blocks: Sequence[PageBlock], rules: Sequence[str | None]) -> Iterator[ChromeBlock]:
    for block, rule in zip(blocks, rules, strict=True):
        yield ChromeBlock(rule=rule or "chrome:other", text=block.text)


def _why(block: PageBlock) -> str:
    """What tells most that a block is none of the story's."""
    place = block.container
    for role, rule in _ROLE_RULES:
        if block.roles >> role & 1:
            return rule
    above = place
    for _ in range(6):
        if above.tag in _TAG_RULES:
            return _TAG_RULES[above.tag]
        for role, rule in _ROLE_RULES:
            if above.roles >> role & 1:
                return rule
        if above.parent is None:
            break
        above = above.parent
    if block.linked >= LINKED:
        return "links:list" if block.list is not None else "links:p"
    return "links:heading" if place.tag in HEADINGS else "chrome:other"


def _is_headline(block: PageBlock, title: str) -> bool:
    """Whether a block repeats the title, which a story has anyway; the same story has another one at every source."""
    if len(block.text) > 2 * len(title) + 20:
        return False
    words, wanted = _WORD.findall(block.text.casefold()), set(_WORD.findall(title.casefold()))
    same = sum(word in wanted for word in words)
    tag = block.container.tag
    if tag == "h1":
        return same >= 0.8 * len(words) > 0
    if tag in HEADINGS:
        return same >= 0.8 * len(words) and 2 * same >= len(wanted)
    return same == len(words) and 2 * same >= len(wanted)
