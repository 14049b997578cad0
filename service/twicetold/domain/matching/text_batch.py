"""Texts laid end to end, so that one pass over an array looks at all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.batches import batched
from twicetold.domain.matching.lookup import Mask, Positions
from twicetold.domain.model import Words

_AT_ONCE = 1 << 16
"""Words laid end to end at most, with those of the other text for each, unless one pair has more: bounds the memory,
and larger arrays leave the caches."""


class _Text(Protocol):
    @property
    def words(self) -> Words:
        """Hashed tokens, uint32[n]."""


Text = TypeVar("Text", bound=_Text)
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class TextBatch:
    """m texts in one array: words uint32[total], of text i those in `range(*bounds[i])`."""

    words: Words
    bounds: list[tuple[int, int]]

    @classmethod
    def of(cls, texts: Sequence[Words]) -> TextBatch:
        """Lay texts end to end, at least one."""
        return cls(np.concatenate(texts), list(pairwise(accumulate(map(len, texts), initial=0))))

    def inside(self, size: int) -> Mask:
        """Mark where runs of `size` words begin that lie within one text: bool[total - size + 1]."""
        marks = np.ones(len(self.words), dtype=np.bool_)
        for _, end in self.bounds:
            marks[max(0, end - size + 1) : end] = False
        return marks[: max(0, len(marks) - size + 1)]

    def parts(self, runs: NDArray[Number], *, size: int = 1) -> list[NDArray[Number]]:
        """Cut an array that has something for each run of `size` words into the parts of each text."""
        return [runs[start : max(start, end - size + 1)] for start, end in self.bounds]

    def owners(self, places: Positions) -> Positions:
        """Tell which text each place stands in."""
        owners: Positions = np.array([end for _, end in self.bounds]).searchsorted(places, side="right")
        return owners


def batches(texts: Sequence[Text], *, beside: _Text) -> Iterator[Sequence[Text]]:
    """Split texts into such batches as are laid end to end at once to be compared with another."""
    return batched(texts, [len(text.words) + len(beside.words) for text in texts], most=_AT_ONCE)
