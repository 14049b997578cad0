"""Texts laid end to end, so that one pass over an array looks at all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.domain.model import Words

Places = NDArray[np.intp]
Marks = NDArray[np.bool_]

_AT_ONCE = 1 << 16
"""Words laid end to end at most, unless one text has more: bounds the memory, and larger arrays leave the caches."""


class _Text(Protocol):
    @property
    def words(self) -> Words:
        """Hashed tokens, uint32[n]."""


Text = TypeVar("Text", bound=_Text)


@dataclass(frozen=True)
class Concatenated:
    """m texts in one array: words uint32[total], of text i those in [starts[i], ends[i])."""

    words: Words
    starts: Places
    ends: Places

    @classmethod
    def of(cls, texts: Sequence[_Text]) -> Concatenated:
        """Lay texts end to end, at least one."""
        words = [text.words for text in texts]
        lengths = np.array([len(each) for each in words], dtype=np.intp)
        ends = lengths.cumsum()
        return cls(np.concatenate(words), ends - lengths, ends)

    def inside(self, size: int) -> Marks:
        """Mark where runs of `size` words begin that lie within one text: bool[total - size + 1]."""
        marks = np.ones(len(self.words), dtype=np.bool_)
        across = (self.ends[:, np.newaxis] - np.arange(1, size)).ravel()
        marks[across[across >= 0]] = False
        return marks[: max(0, len(marks) - size + 1)]

    def count(self, marks: Marks) -> Places:
        """Count the marks in each text; `marks` may be shorter than the words by the last few."""
        until = np.zeros(len(self.words) + 1, dtype=np.intp)
        marks.cumsum(out=until[1 : len(marks) + 1])
        until[len(marks) + 1 :] = until[len(marks)]
        counted: Places = until[self.ends] - until[self.starts]
        return counted

    def owners(self, places: Places) -> Places:
        """Tell which text each place stands in."""
        owners: Places = self.ends.searchsorted(places, side="right")
        return owners


def portions(texts: Sequence[Text]) -> Iterator[Sequence[Text]]:
    """Split texts into such portions as are laid end to end at once."""
    first = words = 0
    for number, text in enumerate(texts):
        words += len(text.words)
        if words > _AT_ONCE and number > first:
            yield texts[first:number]
            first, words = number, len(text.words)
    if first < len(texts):
        yield texts[first:]
