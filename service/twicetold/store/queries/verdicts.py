"""What people say of pairs of stories. Every row is kept from both sides, so that either story finds its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries, columns, page
from twicetold.store.queries.rows import moment, stamp, storable
from twicetold.usecases.pipeline import Constraint
from twicetold.usecases.read_models import Page, PersonVerdict, Position

HISTORY = 50
"""Verdicts kept of a pair, the latest."""


class _VerdictRow(NamedTuple):
    """A row of `person_verdicts`."""

    a: int
    b: int
    number: int
    same: int | None
    note: str | None
    given_by: str | None
    given_at: int
    latest: int


class _ShownRow(NamedTuple):
    """A verdict with the ids of its stories."""

    a_id: str
    b_id: str
    same: int | None
    note: str | None
    given_by: str | None
    given_at: int
    a: int
    b: int


_SHOWN = (
    f"SELECT {columns(_ShownRow, 'v', a_id='a.id', b_id='b.id')} FROM person_verdicts v "
    "JOIN stories a ON a.key = v.a JOIN stories b ON b.key = v.b"
)


def _verdict(row: _ShownRow) -> PersonVerdict:
    return PersonVerdict(
        a=row.a_id,
        b=row.b_id,
        same=None if row.same is None else bool(row.same),
        note=row.note,
        given_by=row.given_by,
        given_at=moment(row.given_at),
    )


class VerdictQueries(Queries):
    """The part of `ports.Reading` about what people said."""

    def person_verdicts(
        self, *, same: bool | None = None, after: Position | None = None, limit: int
    ) -> Page[PersonVerdict]:
        wanted, values = "v.latest = 1 AND v.a < v.b AND v.same IS NOT NULL", dict[str, object](limit=limit + 1)
        if same is not None:
            wanted += " AND v.same = :same"
            values["same"] = int(same)
        if after is not None:
            wanted += " AND (v.given_at, v.a, v.b) < (:given_at, :a, :b)"
            values |= {"given_at": after[0], "a": after[1], "b": after[2]}
        rows = self._session.rows(
            f"{_SHOWN} WHERE {wanted} ORDER BY v.given_at DESC, v.a DESC, v.b DESC LIMIT :limit", **values
        )
        return page([_ShownRow._make(row) for row in rows], limit, _verdict, lambda row: (row.given_at, row.a, row.b))

    def person_verdicts_of(self, key: int, *, limit: int) -> list[PersonVerdict]:
        rows = self._session.rows(
            f"{_SHOWN} WHERE v.a = :key AND v.latest = 1 AND v.same IS NOT NULL "
            "ORDER BY v.given_at DESC, v.b LIMIT :limit",
            key=key,
            limit=limit,
        )
        return [_verdict(_ShownRow._make(row)) for row in rows]

    def person_verdicts_on(self, a: int, b: int) -> list[PersonVerdict]:
        rows = self._session.rows(f"{_SHOWN} WHERE v.a = :a AND v.b = :b ORDER BY v.number DESC", a=a, b=b)
        return [_verdict(_ShownRow._make(row)) for row in rows]


def constraints(session: Session, keys: Sequence[int]) -> list[Constraint]:
    """What `ports.Recording.constraints` does."""
    rows = session.rows(
        "SELECT v.a, v.b, v.same, s.cluster_id FROM person_verdicts v JOIN stories s ON s.key = v.b "
        "WHERE v.a IN (SELECT value FROM each(:keys)) AND v.latest = 1 AND v.same IS NOT NULL ORDER BY v.a, v.b",
        keys=list(keys),
    )
    return [Constraint(a=a, b=b, same=bool(same), cluster_id=cluster_id) for a, b, same, cluster_id in rows]


def give(
    session: Session, a: int, b: int, same: bool | None, *, note: str | None, given_by: str | None, at: datetime
) -> bool:
    """What `ports.Recording.give_verdict` does."""
    before = session.rows(
        "SELECT number, same, note FROM person_verdicts WHERE a = :a AND b = :b AND latest = 1", a=a, b=b
    )
    number, said, noted = before[0] if before else (0, None, None)
    note = storable(note)
    if (None if said is None else bool(said), noted) == (same, note) or (same is None and said is None):
        return False
    for one, other in ((a, b), (b, a)):
        session.run("UPDATE person_verdicts SET latest = 0 WHERE a = :a AND b = :b AND latest = 1", a=one, b=other)
        session.run(
            "DELETE FROM person_verdicts WHERE a = :a AND b = :b AND number <= :last", a=one, b=other,
            last=number + 1 - HISTORY,
        )  # fmt: skip
    said_now = None if same is None else int(same)
    rows = [
        _VerdictRow(one, other, number + 1, said_now, note, storable(given_by), stamp(at), 1)
        for one, other in ((a, b), (b, a))
    ]
    session.insert("person_verdicts", columns(_VerdictRow), rows)
    return True


def drop(session: Session, keys: Sequence[int]) -> None:
    """Forget what was said of stories that are about to go."""
    chosen = "(SELECT value FROM each(:keys))"
    session.run(
        f"DELETE FROM person_verdicts WHERE b IN {chosen} AND a IN (SELECT b FROM person_verdicts WHERE a IN {chosen})",
        keys=keys,
    )
    session.run(f"DELETE FROM person_verdicts WHERE a IN {chosen}", keys=keys)


VERDICT_COLUMNS = columns(_VerdictRow)
