"""Blocks: the paragraphs of a text, which most rules judge whole."""

from __future__ import annotations

import re
from typing import NamedTuple

LINE = re.compile(r"\S[^\n\r\u2028\u2029]*")
WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
    r"|[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)
"""A word, or one letter of a script that writes no blanks between words."""

WRAPPED_LINES = 8
WRAPPED_WIDTH = 90


class Block(NamedTuple):
    """A stretch `[start, end)` of a text without blanks at its ends."""

    start: int
    end: int
    text: str


def lower(text: str) -> str:
    """`text` lower-cased so that offsets stay: the few letters that would grow, İ among them, are left as they are."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(small if len(small := c.lower()) == 1 else c for c in text)
    return lowered


def words(text: str) -> list[str]:
    """The words of `text`, lower-cased; a letter is a word in scripts that write no blanks between words."""
    return WORD.findall(text.lower())


def lines(text: str) -> list[Block]:
    """The lines of `text` that hold anything, stripped."""
    found = []
    for match in LINE.finditer(text):
        line = match[0].rstrip()
        found.append(Block(match.start(), match.start() + len(line), line))
    return found


def paragraphs(text: str) -> list[Block]:
    """The blocks of `text`: its lines or, where lines are wrapped at a fixed width as on old wires, its paragraphs."""
    found = lines(text)
    return _unwrap(text, found) if _is_wrapped(found) else found


def _is_wrapped(found: list[Block]) -> bool:
    """Whether most lines end inside a sentence at about the same width, as no web text does."""
    if len(found) < WRAPPED_LINES:
        return False
    inside = 0
    for line in found:
        width = line.end - line.start
        if width > WRAPPED_WIDTH:
            return False
        inside += width > 40 and line.text[-1] not in ".!?:\"”»'’…)"
    return inside * 2 > len(found)


def _unwrap(text: str, found: list[Block]) -> list[Block]:
    """Joins lines into paragraphs, which begin after an empty line or with an indent."""
    joined: list[Block] = []
    for line in found:
        gap = text[joined[-1].end : line.start] if joined else "\n\n"
        indented = text[text.rfind("\n", 0, line.start) + 1 : line.start].strip("\r") != ""
        if gap.count("\n") > 1 or indented:
            joined.append(line)
        else:
            start = joined[-1].start
            joined[-1] = Block(start, line.end, text[start : line.end])
    return joined
