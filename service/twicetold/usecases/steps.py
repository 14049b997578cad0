"""Work on pairs of texts in steps, so that what is in memory at a time has a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

AT_ONCE = 2**19
"""Words of the texts of one step, unless one pair has more: a usual chunk of stories with all their candidates is one
step. A word takes some fifty bytes while it is compared."""


class Pair(NamedTuple):
    """A text by its number and a stored story by its key."""

    text: int
    key: int


class Step(NamedTuple):
    """Pairs that are worked on together, and how many words their texts have."""

    pairs: Sequence[Pair]
    words: int

    @property
    def keys(self) -> list[int]:
        """The stored stories."""
        return sorted({pair.key for pair in self.pairs})


def steps(
    pairs: Iterable[Pair], texts: Sequence[int], stored: Mapping[int, int], *, most: int = AT_ONCE
) -> Iterator[Step]:
    """Split pairs, in order, into steps of texts that have at most `most` words together, each counted once.

    texts: the words of each text by its number. stored: those of the stored stories.
    """
    step: list[Pair] = []
    met: set[tuple[bool, int]] = set()
    words = 0
    for pair in pairs:
        sizes = {(True, pair.text): texts[pair.text], (False, pair.key): stored[pair.key]}
        more = sum(size for one, size in sizes.items() if one not in met)
        if step and words + more > most:
            yield Step(step, words)
            step, words, met = [], 0, set()
            more = sum(sizes.values())
        step.append(pair)
        met.update(sizes)
        words += more
    if step:
        yield Step(step, words)
