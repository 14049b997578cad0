"""Ways in which a story comes back, and the relations to the original that a matcher should give them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from twicetold.domain.model import Relation

EXACT, REPRINT, EXCERPT, CONTAINS = Relation.EXACT, Relation.REPRINT, Relation.EXCERPT_OF, Relation.CONTAINS
PASSAGE, TEMPLATE = Relation.PASSAGE, Relation.TEMPLATE
Expected = frozenset[Relation | None]
"""Relations that are right; None among them where no report is right."""

CLUTTER = (
    "Send Facebook Twitter Whatsapp Tumblr linkedin Digg reddit E-Mail Print",
    "Sign up for our newsletter and never miss a story.",
    "Read more: The ten places you must see this summer",
    "Watch video 03:12",
    "Copyright 2024. All rights reserved. Reproduction in whole or in part is forbidden.",
)
BRITISH = (
    ("ize", "ise"),
    ("or ", "our "),
    ("“", '"'),
    ("”", '"'),
    ("’", "'"),
    ("percent", "per cent"),
    ("center", "centre"),
)


@dataclass(frozen=True)
class Edit:
    """A way to change a story, given another one too, and the relations of the result to it that are right."""

    name: str
    change: Callable[[str, str, random.Random], str]
    expected: Expected


def cut(share: float) -> Callable[[str, str, random.Random], str]:
    """Keep the first share of the words."""
    return lambda text, _, __: " ".join(text.split()[: int(share * len(text.split()))])


def replaced(share: float) -> Callable[[str, str, random.Random], str]:
    """Put words of another text in the place of a share of them."""

    def change(text: str, other: str, draw: random.Random) -> str:
        words = other.split()
        return re.sub(r"\S+", lambda word: draw.choice(words) if draw.random() < share else word[0], text)

    return change


def cut_and_replaced(length: float, share: float) -> Callable[[str, str, random.Random], str]:
    """Keep the first share of the words, and replace another share of those."""
    return lambda text, other, draw: replaced(share)(cut(length)(text, other, draw), other, draw)


def quoted(text: str, other: str, draw: random.Random, shortest: int = 40, longest: int = 80) -> str:
    """Put so many words into another text."""
    words, host = text.split(), other.split()
    length = draw.randint(shortest, longest)
    start, place = draw.randint(0, max(0, len(words) - length)), draw.randint(0, len(host))
    return " ".join((*host[:place], *words[start : start + length], *host[place:]))


def new_lede(text: str, other: str, _: random.Random) -> str:
    """Begin as another text does."""
    words = text.split()
    replaced_words = max(25, len(words) // 10)
    return " ".join((*other.split()[:replaced_words], *words[replaced_words:]))


def reordered(text: str, _: str, draw: random.Random) -> str:
    """Shuffle the paragraphs."""
    paragraphs = re.split(r"\n+", text) if "\n" in text else re.split(r"(?<=[.!?]) ", text)
    draw.shuffle(paragraphs)
    return "\n\n".join(paragraphs)


def cluttered(text: str, _: str, draw: random.Random) -> str:
    """Put lines between the paragraphs that pages have there."""
    paragraphs = re.split(r"\n+", text)
    for line in CLUTTER:
        paragraphs.insert(draw.randint(0, len(paragraphs)), line)
    return "\n\n".join(paragraphs)


def scanned(text: str, _: str, draw: random.Random) -> str:
    """Misread one letter in a hundred, about every twentieth word."""
    confused = {"e": "c", "o": "0", "l": "1", "i": "l", "m": "rn", "n": "ri", "h": "b", "t": "f", "a": "o", "s": "5"}
    return re.sub(r"[a-z]", lambda m: confused.get(m[0], "~") if draw.random() < 0.01 else m[0], text)


def respelled(text: str, _: str, __: random.Random) -> str:
    """Spell as the British do."""
    for one, other in BRITISH:
        text = text.replace(one, other)
    return text


def renumbered(share: float) -> Callable[[str, str, random.Random], str]:
    """Change a share of the numbers."""
    return lambda text, _, draw: re.sub(
        r"\d+", lambda m: str(draw.randint(2, 10 ** len(m[0]))) if draw.random() < share else m[0], text
    )


EDITS = (
    Edit("copy", lambda text, *_: text, frozenset({EXACT})),
    *(Edit(f"cut to {share:.0%}", cut(share), frozenset({EXCERPT})) for share in (0.75, 0.5, 0.25)),
    Edit("cut to 50%, 10% changed", cut_and_replaced(0.5, 0.1), frozenset({EXCERPT})),
    Edit("cut to 25%, 10% changed", cut_and_replaced(0.25, 0.1), frozenset({EXCERPT})),
    Edit("new lede", new_lede, frozenset({REPRINT})),
    *(Edit(f"{share:.0%} of words changed", replaced(share), frozenset({REPRINT})) for share in (0.05, 0.1, 0.2)),
    Edit("paragraphs reordered", reordered, frozenset({REPRINT, EXACT})),
    Edit("40-word quote elsewhere", lambda text, other, draw: quoted(text, other, draw, 40, 40), frozenset({PASSAGE})),
    Edit("40-80-word quote elsewhere", quoted, frozenset({PASSAGE})),
    Edit("merged with another", lambda text, other, _: f"{text}\n\n{other}", frozenset({CONTAINS})),
    Edit("clutter added", cluttered, frozenset({REPRINT, CONTAINS})),
    Edit("OCR noise", scanned, frozenset({REPRINT, EXACT})),
    Edit("spelling variants", respelled, frozenset({REPRINT, EXACT})),
    Edit("a third of numbers changed", renumbered(1 / 3), frozenset({REPRINT, EXACT})),
    Edit("all numbers changed", renumbered(1), frozenset({REPRINT, EXACT, TEMPLATE})),
    Edit("unrelated story", lambda _, other, __: other, frozenset({None})),
)
