"""What an operator wants cut or kept of a source's texts, whatever the rules say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twicetold.domain.cleaning.paragraphs import paragraphs, words
from twicetold.domain.cleaning.spans import Cut, settle
from twicetold.domain.model import Override, OverrideAction

RULE = "override:block"
LONGEST_BLOCK = 2000
"""Characters of a block that can be named."""


def override(text: str, cuts: Sequence[Cut], overrides: Sequence[Override]) -> list[Cut]:
    """The cuts, which are settled, as they are to be: blocks of the same words as one that is named go or stay."""
    wanted = {tuple(words(one.block)): one.action for one in overrides if one.block is not None}
    if not wanted:
        return list(cuts)
    named = [
        (block, wanted[told])
        for block in paragraphs(text)
        if len(block.text) <= LONGEST_BLOCK and (told := tuple(words(block.text))) in wanted
    ]
    kept = [(block.start, block.end) for block, action in named if action is OverrideAction.KEEP]
    gone = [Cut(block.start, block.end, "override", RULE) for block, action in named if action is OverrideAction.CUT]
    return settle([*gone, *_spared(cuts, kept)])


def _spared(cuts: Sequence[Cut], kept: Sequence[tuple[int, int]]) -> Iterator[Cut]:
    """What is left of cuts outside the places that are kept; both are in text order."""
    at = 0
    for cut in cuts:
        while at < len(kept) and kept[at][1] <= cut.start:
            at += 1
        start, place = cut.start, at
        while place < len(kept) and kept[place][0] < cut.end:
            if start < kept[place][0]:
                yield cut._replace(start=start, end=kept[place][0])
            start = max(start, kept[place][1])
            place += 1
        if start < cut.end:
            yield cut._replace(start=start)
