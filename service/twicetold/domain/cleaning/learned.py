"""Boilerplate learned per source: which blocks can be learned, when one is, and the cuts that follow.

A store counts in how many distinct stories of a source each block's hash stands; `clean` cuts the blocks it is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple

from twicetold.domain.cleaning.paragraphs import paragraphs, words_each
from twicetold.domain.cleaning.spans import Cut

MAX_WORDS = 60
"""Longer blocks are never learned: a repeated paragraph of this length is more likely a story's background."""

STORIES_NEEDED, DAYS_NEEDED = 4, 2
"""Distinct stories, and days, that make a block boilerplate."""

SHARE_ELSEWHERE = 0.5
"""A block that another source repeats in at least this part of the share it has here is content or a matter for the
general rules, not this source's own boilerplate."""

EXPIRES_AFTER = timedelta(days=60)
"""A block not seen for this long is no longer cut: the site has changed."""

DIGITS = re.compile(r"\d+")


class LearnableBlock(NamedTuple):
    """A block of a text that may be learned: its hash (signed 64 bits), place, text and number of words."""

    hash: int
    start: int
    end: int
    text: str
    words: int


def blocks(text: str) -> list[LearnableBlock]:
    """The blocks of `text` short enough to be learned. Equal hashes mean equal words, numbers aside."""
    return list(_learnable(text))


def rule_id(block_hash: int) -> str:
    """The id under which a learned block is listed and forgotten: its hash as 16 hexadecimal digits."""
    return f"{block_hash & 0xFFFFFFFFFFFFFFFF:016x}"


def hash_of(block_id: str) -> int | None:
    """The block hash in an id; None for what is not an id."""
    if not re.fullmatch("[0-9a-f]{16}", block_id):
        return None
    number = int(block_id, 16)
    return number - 2**64 if number >= 2**63 else number


def ripe(stories: int, days: int) -> bool:
    """Whether a source has shown a block in enough stories, over enough days, that it may be boilerplate."""
    return stories >= STORIES_NEEDED and days >= DAYS_NEEDED


def is_boilerplate(stories: int, days: int, *, share: float, share_elsewhere: float) -> bool:
    """Whether a block is a source's own boilerplate: ripe, and no other source repeats it nearly as often.

    `share` is the part of the source's stories that hold the block, `share_elsewhere` the largest such part at any
    other source.
    """
    return ripe(stories, days) and share_elsewhere < SHARE_ELSEWHERE * share


def learned_cuts(text: str, learned: Mapping[int, int]) -> Iterator[Cut]:
    """Cuts for the blocks of `text` whose hash is in `learned`, a mapping of block hash to support."""
    for block in _learnable(text) if learned else ():
        if block.hash in learned:
            yield Cut(block.start, block.end, "boilerplate", f"learned:{rule_id(block.hash)}", learned[block.hash])


def _learnable(text: str) -> Iterator[LearnableBlock]:
    short = [block for block in paragraphs(text) if len(block.text) <= MAX_WORDS * 20]
    for block, tokens in zip(short, words_each(text, short), strict=True):
        if 0 < len(tokens) <= MAX_WORDS:
            masked = DIGITS.sub("0", " ".join(tokens)).encode(errors="surrogatepass")
            value = int.from_bytes(blake2b(masked, digest_size=8).digest(), "big", signed=True)
            yield LearnableBlock(value, block.start, block.end, block.text, len(tokens))
