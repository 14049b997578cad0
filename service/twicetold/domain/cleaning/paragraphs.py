"""Text blocks: the paragraphs of a text, which most rules judge whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from twicetold.domain.scripts import UNSPACED, UNSPACED_LETTERS

_MARKS = (
    r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0dff"
)
WORD = re.compile(rf"[{UNSPACED_LETTERS}]|[^\W_{UNSPACED_LETTERS}]+(?:[{_MARKS}]+[^\W_{UNSPACED_LETTERS}]*)*")
"""A word, or one letter of a script that writes no blanks between words."""
LATIN_WORD = re.compile(f"[{''.join(letter for letter in map(chr, range(0x300)) if letter.isalnum())}]+")
"""The same words, found in half the time, of texts with Latin letters and common punctuation alone."""
NOT_LATIN = re.compile(r"[^\x00-\u02ff\u2010-\u2027\u2030-\u203a\u20ac]")
LATIN_1 = "".join(letter.lower() if letter.isalnum() else " " for letter in map(chr, range(0x100))).encode("latin-1")
"""And in a sixth of it, of texts in Latin-1 and the punctuation below: small letters, and blanks for the rest."""
PUNCTUATION = "‘’“”„–—…•"

WRAPPED_WIDTH = (40, 90)
"""Lines broken at a fixed width are at least and at most so long, in characters, the last of a paragraph aside."""


class TextBlock(NamedTuple):
    """The part `[start, end)` of a text without blanks at its ends."""

    start: int
    end: int
    text: str


def lower(text: str) -> str:
    """`text` lower-cased so that offsets stay: İ becomes i, other letters that would grow are left as they are."""
    lowered = text.replace("İ", "i").lower()
    if len(lowered) != len(text):
        lowered = "".join(small if len(small := c.lower()) == 1 else c for c in text)
    return lowered


def words(text: str) -> list[str]:
    """The words of `text`, lower-cased; a letter is a word in scripts that write no blanks between words."""
    plain = _plain(text)
    if plain is not None:
        return plain.split()
    lowered = lower(text)
    return (WORD if NOT_LATIN.search(lowered) else LATIN_WORD).findall(lowered)


def count_words(text: str, tokens: Sequence[str]) -> int:
    """The number of `words` of a text; in scripts without blanks two letters count as one, about their mean length."""
    if text.isascii():
        return len(tokens)
    letters = len(UNSPACED.findall(text))
    return len(tokens) - letters + (letters + 1) // 2


def words_each(text: str, blocks: Sequence[TextBlock]) -> list[list[str]]:
    """The `words` of blocks of `text`, for most texts in a third of the time that one after the other takes."""
    plain = _plain(text)
    if plain is None:
        return [words(block.text) for block in blocks]
    return [plain[block.start : block.end].split() for block in blocks]


def _plain(text: str) -> str | None:
    """`text` in small letters with a blank for each sign, if it is in Latin-1 but for common punctuation."""
    for mark in () if text.isascii() else PUNCTUATION:
        text = text.replace(mark, " ")
    try:
        return text.encode("latin-1").translate(LATIN_1).decode("latin-1")
    except UnicodeEncodeError:
        return None


def find_all(text: str, wanted: str) -> Iterator[int]:
    """Where `wanted` begins in `text`, overlapping places too."""
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def lines(text: str) -> list[TextBlock]:
    """The lines of `text` that hold anything, stripped."""
    found, at = [], 0
    for raw in text.splitlines(keepends=True):
        line = raw.strip()
        if line:
            start = at + raw.index(line[0])
            found.append(TextBlock(start, start + len(line), line))
        at += len(raw)
    return found


def paragraphs(text: str) -> list[TextBlock]:
    """The blocks of `text`: its lines or, where lines are wrapped at a fixed width as on old wires, its paragraphs."""
    found = lines(text)
    return _unwrap(text, found) if _is_wrapped(found) else found


def _is_wrapped(found: list[TextBlock]) -> bool:
    """Whether a fourth of the lines or more go on in the next one, as on old wires, and none is too long for that."""
    shortest, longest = WRAPPED_WIDTH
    if len(found) < 2 or any(len(line.text) > longest for line in found):
        return False
    going_on = sum(
        len(line.text) >= shortest
        and line.text[-1] not in ".!?:…"
        and follower.start - line.end < 4
        and (follower.text[0].islower() or follower.text[0].isdigit())
        for line, follower in pairwise(found)
    )
    return going_on * 4 >= len(found) - 1


def _unwrap(text: str, found: list[TextBlock]) -> list[TextBlock]:
    """Joins lines into paragraphs, which begin after an empty line or with an indent."""
    joined: list[TextBlock] = []
    for line in found:
        gap = text[joined[-1].end : line.start] if joined else "\n\n"
        before, feed, indent = gap.rpartition("\n")
        if not feed or "\n" in before or indent.strip("\r"):
            joined.append(line)
        else:
            start = joined[-1].start
            joined[-1] = TextBlock(start, line.end, text[start : line.end])
    return joined
