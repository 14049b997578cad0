"""Splitting work that is done on many texts at once into batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batched(items: Sequence[T], sizes: Sequence[int], *, most: int) -> Iterator[Sequence[T]]:
    """Split items, in order, into batches whose sizes add up to `most`, unless one item has more."""
    first = total = 0
    for number, size in enumerate(sizes):
        total += size
        if total > most and number > first:
            yield items[first:number]
            first, total = number, size
    if first < len(items):
        yield items[first:]
