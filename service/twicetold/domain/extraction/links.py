"""What the structure of a page shows to be clutter: its headline, named parts, link lists, headings left over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from twicetold.domain.extraction.blocks import CELL, Block
from twicetold.domain.model import RemovedSpan

# Tuned on 243 news pages: of the blocks over these shares nine in ten were no part of the story.
LINKED_PARAGRAPH = 0.85
LINKED_LIST = 0.7
LONGEST_PARAGRAPH = 250
LONGEST_LIST = 1000
FEWEST_LINES = 4  # of a story that is divided by line breaks alone
HEADLINE_AMONG = 4  # the first blocks, of which one may be the headline

_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"(?:\S+\s+)?(?:https?://|www\.|@)\S+|\S+@\S+|\[?\d+\]\s.+")
_SENTENCE = re.compile(r".{100,}[.!?؟。！？।][\"'”“»«’)]*", re.DOTALL)
_TOLD = re.compile(r".{60,}[.。।۔][\"'”“»«’)]*", re.DOTALL)
_ANNOUNCING = re.compile(r".{1,60}(?::|：|…|\.\.\.)", re.DOTALL)


def structural_clutter(blocks: Sequence[Block], *, title: str | None) -> Iterator[RemovedSpan]:
    """The blocks to cut, as spans of the text that `blocks` make up."""
    rules = [
        block.rule or _headline(blocks, index, title) or _linked(blocks, index) for index, block in enumerate(blocks)
    ]
    _announcements(blocks, rules)
    for block, rule in zip(blocks, rules, strict=True):
        start = _linked_lines(block) if rule is None else 0
        if start < len(block.text):
            name = rule or "links:lines"
            text = block.text[start:]
            yield RemovedSpan(
                kind=name.partition(":")[0], rule=name, start=block.start + start, end=block.end, text=text
            )


def _headline(blocks: Sequence[Block], index: int, title: str | None) -> str | None:
    """The headline repeats the title, which a story has anyway; the same story has another one at every source."""
    block = blocks[index]
    if not title or index >= HEADLINE_AMONG or len(block.text) > 2 * len(title) + 20:
        return None
    words, wanted = _WORD.findall(block.text.casefold()), set(_WORD.findall(title.casefold()))
    same = sum(word in wanted for word in words)
    if block.tag == "h1":
        repeated = same >= 0.8 * len(words) > 0
    elif block.heading:
        repeated = same >= 0.8 * len(words) and 2 * same >= len(wanted)
    else:
        repeated = same == len(words) and 2 * same >= len(wanted)
    return "title:headline" if repeated else None


def _linked(blocks: Sequence[Block], index: int) -> str | None:
    block = blocks[index]
    if block.heading:
        return None
    if block.tag == "list" and len(block.lines) > 1:
        return "links:list" if _is_link_list(block) and not _announced(blocks, index) else None
    if len(block.text) > LONGEST_PARAGRAPH or block.linked_share < LINKED_PARAGRAPH:
        return None
    # Addresses, references and whole sentences are set as links by their authors.
    if _ADDRESS.fullmatch(block.text) or _SENTENCE.fullmatch(block.text):
        return None
    if block.tag == "table" and _announced(blocks, index):
        return None
    return f"links:{block.tag}"


def _linked_lines(block: Block) -> int:
    """Where in a paragraph of lines the links to other stories begin that end it; its end without such."""
    start = len(block.text)
    if block.tag != "p" or len(block.lines) < FEWEST_LINES:
        return start
    count = 0
    for line in reversed(block.lines):
        if line.linked < LINKED_PARAGRAPH * line.written or _ADDRESS.fullmatch(line.text) or _TOLD.fullmatch(line.text):
            break
        count += 1
        start -= len(line.text) + 1
    return start if 1 < count < len(block.lines) else len(block.text)


def _is_link_list(block: Block) -> bool:
    """Whether a list is one of linked headlines. News told in a sentence each are none: headlines have no full stop."""
    return (
        len(block.text) <= LONGEST_LIST
        and block.linked_share >= LINKED_LIST
        and all(line.linked > 0.5 * line.written for line in block.lines)
        and 2 * sum(_TOLD.fullmatch(line.text) is not None for line in block.lines) <= len(block.lines)
    )


def _announced(blocks: Sequence[Block], index: int) -> bool:
    """Whether a list or table is the story's own: between paragraphs, and announced or of names, not headlines."""
    if index == 0 or index + 1 == len(blocks) or blocks[index - 1].tag != "p" or blocks[index + 1].tag != "p":
        return False
    block, before = blocks[index], blocks[index - 1].text
    items = block.text.replace(CELL, "\n").splitlines() if block.tag == "table" else block.lines
    names = len(block.text.split()) < 4 * len(items)
    return names or (before.endswith(":") and len(before) > 60)


def _announcements(blocks: Sequence[Block], rules: list[str | None]) -> None:
    """Cut headings and lines such as "See also:" under which nothing is left."""
    left = False
    for index in range(len(blocks) - 1, -1, -1):
        block = blocks[index]
        if rules[index] is not None:
            continue
        cut_below = index + 1 < len(blocks) and rules[index + 1] is not None
        announcing = block.heading or _ANNOUNCING.fullmatch(block.text) is not None
        if announcing and cut_below and not left:
            rules[index] = "links:heading"
        else:
            left = not block.heading
