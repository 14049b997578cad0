"""What a page says twice: its story again for print, for another width of the screen, or hidden for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twicetold.domain.extraction.blocks import PROSE_LINKED, PageBlock

RUN = 8
"""Words in a row by which blocks are compared. A block of fewer may well be said twice: names, prices, answers."""
NEW = 0.01
"""Of its words: a block with no more that were not said before says nothing new."""


def copies(blocks: Sequence[PageBlock], numbers: Sequence[int]) -> Iterator[int]:
    """Those of some blocks that say again what earlier ones of them said.

    What authors themselves repeat (the ingredients of two recipes, a question put to several people) stands alone among
    new text at a place of the same kind, or in the same element; it is no copy. Links are.
    """
    said: dict[tuple[str, ...], int] = {}
    original_before: int | None = None
    for number in numbers:
        block = blocks[number]
        words = block.text.split()
        runs = list(zip(*(words[start:] for start in range(RUN)), strict=False))
        known = [at for at, run in enumerate(runs) if run in said]
        original = said[runs[known[0]]] if known and _new(known, len(words)) <= NEW * len(words) else None
        if original is not None:
            follows = original_before is not None and original > original_before
            if _is_copy(blocks[original], block, follows=follows):
                yield number
        if runs:
            original_before = original
        for run in runs:
            said.setdefault(run, number)


def _new(known: Sequence[int], count: int) -> int:
    """How many of so many words stand in no run that is known, by where these start."""
    end = 0
    for at in known:
        count -= at + RUN - max(end, at)
        end = at + RUN
    return count


def _is_copy(original: PageBlock, block: PageBlock, *, follows: bool) -> bool:
    """Whether a repetition is the page's; it `follows` if the block before it repeats what stands before `original`."""
    if block.linked >= PROSE_LINKED:
        return True
    if original.container.parent is block.container.parent:
        return False
    return follows or original.container.signature != block.container.signature
