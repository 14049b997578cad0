"""Blocks that are nearly all link text: teasers, "related" boxes, lists of tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.domain.cleaning.blocks import Block
from service.domain.model import RemovedSpan

LINKED_SHARE = 0.85
LONGEST = 250


def link_blocks(blocks: Sequence[Block]) -> Iterator[RemovedSpan]:
    """The blocks to cut, as spans of the text that `blocks` make up.

    Headings stay, and so does a list with prose before and after it: articles do list links.
    """
    for index, block in enumerate(blocks):
        if not _nearly_all_links(block) or block.kind == "head":
            continue
        if block.kind == "list" and _in_prose(blocks, index):
            continue
        yield RemovedSpan(
            kind="links", rule=f"link-density:{block.kind}", start=block.start, end=block.end, text=block.text
        )


def _nearly_all_links(block: Block) -> bool:
    if len(block.text) > LONGEST:
        return False
    written = sum(len(word) for word in block.text.split())
    return block.linked >= LINKED_SHARE * written


def _in_prose(blocks: Sequence[Block], index: int) -> bool:
    before, after = blocks[max(0, index - 1) : index], blocks[index + 1 : index + 2]
    return all(near and near[0].kind == "p" and not near[0].linked for near in (before, after))
