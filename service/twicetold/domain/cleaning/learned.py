"""Boilerplate learned per source: the blocks that a source repeats from story to story (pure part).

A store counts in how many distinct stories of a source each block's hash stands; `clean` cuts the blocks it is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from twicetold.domain.cleaning.paragraphs import paragraphs, words_each
from twicetold.domain.cleaning.spans import Cut

MAX_WORDS = 60
"""Longer blocks are never learned: a repeated paragraph of this length is more likely a story's background."""

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
