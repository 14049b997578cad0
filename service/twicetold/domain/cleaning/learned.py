"""Boilerplate learned per source: which blocks can be learned, and the cuts that follow.

`recurring` tells which blocks are a source's own; `clean` cuts those it is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from twicetold.domain.cleaning.paragraphs import paragraphs, words_each
from twicetold.domain.cleaning.spans import Cut

DIGITS = re.compile(r"\d+")


class LearnableBlock(NamedTuple):
    """A block of a text that may be learned: its hash (signed 64 bits), place and text."""

    hash: int
    start: int
    end: int
    text: str


def blocks(text: str) -> list[LearnableBlock]:
    """The blocks of `text`, of whatever length. Equal hashes mean equal words, numbers aside."""
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


def learned_cuts(text: str, learned: Mapping[int, int]) -> Iterator[Cut]:
    """Cuts for the blocks of `text` whose hash is in `learned`, a mapping of block hash to support."""
    for block in _learnable(text) if learned else ():
        if block.hash in learned:
            yield Cut(block.start, block.end, "boilerplate", f"learned:{rule_id(block.hash)}", learned[block.hash])


def _learnable(text: str) -> Iterator[LearnableBlock]:
    found = paragraphs(text)
    for block, tokens in zip(found, words_each(text, found), strict=True):
        if tokens:
            masked = DIGITS.sub("0", " ".join(tokens)).encode(errors="surrogatepass")
            value = int.from_bytes(blake2b(masked, digest_size=8).digest(), "big", signed=True)
            yield LearnableBlock(value, block.start, block.end, block.text)
