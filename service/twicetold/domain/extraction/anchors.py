"""Where the links of a block stand in its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Anchor(NamedTuple):
    """`[start, end)` of a block's text leads to a URL as the page has it; a blank may stand at its ends."""

    start: int
    end: int
    url: str


def placed(pieces: Sequence[str], links: Sequence[tuple[int, int, str]]) -> tuple[Anchor, ...]:
    """The links, each from one piece to before another, in the text that the pieces make, its blanks folded."""
    starts, ends = [], []
    at, blank = 0, False
    for piece in pieces:
        words = piece.split()
        if words:
            at += at > 0 and (blank or piece[0].isspace())
        starts.append(at)
        at += len(" ".join(words))
        ends.append(at)
        blank = piece[-1:].isspace() or (blank and not words)
    return tuple(Anchor(starts[first], ends[last - 1], url) for first, last, url in links if first < last)
