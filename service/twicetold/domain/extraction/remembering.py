"""What the names of elements tell, remembered: pages of one site share them, and so do sites of one system."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

REMEMBERED = 4096
LONGEST = 120
"""Characters of names that are remembered; a news page's have 20 on average."""


def remembered(tell: Callable[[str], T]) -> Callable[[str], T]:
    """`tell`, a function of names alone, that knows its last REMEMBERED answers; their memory is bounded."""
    known = lru_cache(REMEMBERED)(tell)

    def answer(names: str) -> T:
        return known(names) if len(names) <= LONGEST else tell(names)

    return answer
