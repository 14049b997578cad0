"""Keyset pagination: a page is asked for with one row too many, whose presence tells that there is a next page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from twicetold.store.port import Row
from twicetold.usecases.read_models import Page, Position

T = TypeVar("T")


def page(
    rows: Sequence[Row], limit: int, item: Callable[[Row], T], position: Callable[[Row], Position],
    total: int | None = None,
) -> Page[T]:  # fmt: skip
    """The page that `limit + 1` fetched rows make."""
    shown = rows[:limit]
    following = position(shown[-1]) if len(rows) > limit and shown else None
    return Page(items=[item(row) for row in shown], next=following, total=total)
