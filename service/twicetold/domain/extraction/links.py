"""Links between a story's blocks: to other stories, which go, and the story's own, which stay.

A model that looks at single blocks is unsure of both; what decides is the whole list, and what stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from twicetold.domain.extraction.blocks import CELL, HEADINGS, PageBlock

# Tuned on 243 news pages: of the blocks over these shares nine in ten were no part of the story.
LINKED_PARAGRAPH = 0.85
LINKED_LIST = 0.7
LONGEST_PARAGRAPH = 250
LONGEST_LIST = 1000
FEWEST_TITLES = 4
"""Of 243 pages none had so many links to other stories with just one paragraph of its own between."""
LONGEST_NAME = 4
"""Words of an item of a list: names have fewer, headlines more."""

_ADDRESS = re.compile(r"(?:\S+\s+)?(?:https?://|www\.|@)\S+|\S+@\S+|\[?\d+\]\s.+")
_SENTENCE = re.compile(r".{100,}[.!?؟。！？।][\"'”“»«’)]*", re.DOTALL)
_TOLD = re.compile(r".{60,}[.。।۔][\"'”“»«’)]*", re.DOTALL)
_ANNOUNCING = re.compile(r".{1,60}(?::|：|…|\.\.\.)", re.DOTALL)

Rules = list[str | None]


def settle_links(blocks: Sequence[PageBlock], rules: Rules, *, sure: Sequence[bool]) -> None:
    """Decide on lists, tables and paragraphs of links between the first and the last block of a story.

    What is `sure` to be story stays.
    """
    kept = [number for number, rule in enumerate(rules) if rule is None]
    if not kept:
        return
    titles = set(_titles(blocks, rules))
    for numbers in _groups(blocks, kept[0], kept[-1] + 2):
        first = blocks[numbers[0]]
        if first.row is not None or (first.list is not None and len(numbers) > 1):
            _settle_list(blocks, rules, numbers, sure)
        elif numbers[0] in titles:
            rules[numbers[0]] = None
        elif rules[numbers[0]] is None and not sure[numbers[0]] and _is_lone_link(first):
            rules[numbers[0]] = "links:p"
    _announcements(blocks, rules, sure, range(kept[0], kept[-1] + 1))


def _groups(blocks: Sequence[PageBlock], start: int, end: int) -> Iterator[list[int]]:
    """The numbers of blocks `[start, end)`, those of one list or table together, and all of it."""

    def holder(number: int) -> int:
        block = blocks[number]
        place = block.row if block.row is not None else block.list
        return id(place) if place is not None else -number - 1

    while start > 0 and holder(start - 1) == holder(start):
        start -= 1
    end = min(end, len(blocks))
    while end < len(blocks) and holder(end) == holder(end - 1):
        end += 1
    for _, numbers in groupby(range(start, end), holder):
        yield list(numbers)


def _settle_list(blocks: Sequence[PageBlock], rules: Rules, numbers: Sequence[int], sure: Sequence[bool]) -> None:
    items = [blocks[number] for number in numbers]
    if not _is_linked(items):
        return
    before, after = numbers[0] - 1, numbers[-1] + 1
    beside = before >= 0 and rules[before] is None
    told = 2 * sum(_TOLD.fullmatch(item.text) is not None for item in items) > len(items)
    if told and beside:
        own = items[0].list is not None and blocks[before].container.parent is items[0].list.parent
    else:
        own = beside and after < len(rules) and rules[after] is None and _is_named(items, blocks[before].text)
    for number in numbers:
        if own:
            rules[number] = None
        elif rules[number] is None and not sure[number]:
            rules[number] = "links:table" if items[0].row is not None else "links:list"


def _is_linked(items: Sequence[PageBlock]) -> bool:
    """Whether a list is one of links."""
    length = sum(len(item.text) for item in items)
    share = sum(len(item.text) * item.linked for item in items) / length
    return length <= LONGEST_LIST and share >= LINKED_LIST and all(item.linked > 0.5 for item in items)


def _is_named(items: Sequence[PageBlock], before: str) -> bool:
    """Whether a list is of names, not headlines, or announced by a sentence."""
    cells = sum(item.text.count(CELL) + 1 for item in items)
    return sum(item.words for item in items) < LONGEST_NAME * cells or (before.endswith(":") and len(before) > 60)


def _is_lone_link(block: PageBlock) -> bool:
    if block.container.tag in HEADINGS or len(block.text) > LONGEST_PARAGRAPH or block.linked < LINKED_PARAGRAPH:
        return False
    # Addresses, references and whole sentences are set as links by their authors.
    return _ADDRESS.fullmatch(block.text) is None and _SENTENCE.fullmatch(block.text) is None


def _titles(blocks: Sequence[PageBlock], rules: Rules) -> Iterator[int]:
    """Linked titles of what a story lists (books, walks, films), each above a longer paragraph about it."""
    found: dict[object, list[int]] = {}
    for number, block in enumerate(blocks[:-1]):
        below = blocks[number + 1]
        about = rules[number + 1] is None and below.linked < LINKED_LIST and len(below.text) > len(block.text)
        if about and block.list is None and _is_lone_link(block):
            found.setdefault(block.container.parent, []).append(number)
    for numbers in found.values():
        if len({blocks[number].text for number in numbers}) >= FEWEST_TITLES:
            yield from numbers


def _announcements(blocks: Sequence[PageBlock], rules: Rules, sure: Sequence[bool], within: range) -> None:
    """Cut headings and lines such as "See also:" under which nothing is left."""
    left = False
    for number in reversed(within):
        if rules[number] is not None:
            continue
        block = blocks[number]
        heading = block.container.tag in HEADINGS
        cut_below = number + 1 < len(rules) and (rules[number + 1] or "").startswith("links:")
        if (heading or _ANNOUNCING.fullmatch(block.text) is not None) and cut_below and not left and not sure[number]:
            rules[number] = "links:heading"
        else:
            left = not heading
