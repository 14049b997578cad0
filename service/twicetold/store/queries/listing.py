"""What reads have in common: SELECT lists made of row types, and pages of listings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from twicetold.store.port import Row, Session
from twicetold.usecases.read_models import Page, Position

T = TypeVar("T")
R = TypeVar("R", bound=Row)
A = TypeVar("A", bound=NamedTuple)
B = TypeVar("B", bound=NamedTuple)


class Queries:
    """Reads over one session of a program that makes fingerprints of one scheme."""

    def __init__(self, session: Session, scheme: str) -> None:
        self._session = session
        self._scheme = scheme


def columns(row: type[NamedTuple], table: str = "", **expressions: str) -> str:
    """The SELECT list that a row type names: `table`'s column of each field, or the expression given for it."""
    prefix = f"{table}." if table else ""
    return ", ".join(expressions.get(name, prefix + name) for name in row._fields)


def updates(row: type[NamedTuple], *, key: int) -> str:
    """What DO UPDATE SET takes to replace all columns of a row but the first `key`."""
    return ", ".join(f"{name} = excluded.{name}" for name in row._fields[key:])


def split(row: Row, first: type[A], second: type[B]) -> tuple[A, B]:
    """A row of a join as the two row types that its SELECT list was made of, one after the other."""
    width = len(first._fields)
    return first._make(row[:width]), second._make(row[width:])


def page(
    rows: Sequence[R],
    limit: int,
    item: Callable[[R], T],
    position: Callable[[R], Position],
    total: int | None = None,
) -> Page[T]:
    """The page that `limit + 1` rows make: the one too many tells that there is a next page (keyset pagination)."""
    shown = rows[:limit]
    following = position(shown[-1]) if len(rows) > limit and shown else None
    return Page(items=[item(row) for row in shown], next=following, total=total)
