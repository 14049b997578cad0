"""Items of one list, and rows of one table, are story together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.extraction.blocks import LISTS, OUTSIDE_LISTS, PROSE_LINKED, Container, PageBlock, ancestors


def together(blocks: Sequence[PageBlock], likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[blocks]: each block is at least as likely story as its list or table is by its words; links are not."""
    groups: dict[int, list[int]] = {}
    for number, block in enumerate(blocks):
        if (block.list is not None or block.row is not None) and block.linked < PROSE_LINKED:
            groups.setdefault(id(block.row if block.row is not None else _outermost(block.list)), []).append(number)
    raised = likelihood.copy()
    for numbers in groups.values():
        words = [blocks[number].words for number in numbers]
        raised[numbers] = np.maximum(likelihood[numbers], np.average(likelihood[numbers], weights=words))
    return raised


def _outermost(place: Container | None) -> Container | None:
    """The list that a list is set into, or the list itself."""
    found = place
    for above in ancestors(place):
        if above.tag in LISTS:
            found = above
        elif above.tag in OUTSIDE_LISTS:
            break
    return found
