"""Matches of stored stories, strongest first."""

from __future__ import annotations

from collections.abc import Sequence

from twicetold.domain.model import Match, Relation
from twicetold.store.port import Row, Session
from twicetold.store.queries.listing import page
from twicetold.store.queries.rows import moment_or_none
from twicetold.usecases.read_models import MatchedStory, Page, Position

_COLUMNS = (
    "m.a, m.b, m.relation, m.why, m.strength, m.jaccard, m.a_in_b, m.b_in_a, m.longest_run, "
    "s.id, s.url, s.source, s.title, s.published_at"
)


_HALF_A_DIGIT = 5e-7
"""Shares are shown with six decimals, so one that is shown as equal to the threshold reaches it."""


def _matched(row: Row) -> MatchedStory:
    match = Match(
        a=row[0], b=row[1], relation=Relation(row[2]), why=row[3], jaccard=row[5], a_in_b=row[6], b_in_a=row[7],
        longest_run=row[8],
    )  # fmt: skip
    return MatchedStory(match=match, story_id=row[9], url=row[10], source=row[11], title=row[12],
                        published_at=moment_or_none(row[13]))  # fmt: skip


def _position(row: Row) -> Position:
    return row[4], row[5], row[1]


def matches(
    session: Session, key: int, *, relations: Sequence[Relation], threshold: float | None, after: Position | None,
    limit: int,
) -> Page[MatchedStory]:  # fmt: skip
    """See `ports.Store.matches`."""
    wanted, values = "m.a = :key", dict[str, object](key=key)
    if relations:
        wanted += " AND m.relation IN (SELECT value FROM each_text(:relations))"
        values["relations"] = [str(relation) for relation in relations]
    if threshold is not None:
        wanted += " AND m.strength >= :threshold"
        values["threshold"] = threshold - _HALF_A_DIGIT
    ((total,),) = session.rows(f"SELECT COUNT(*) FROM matches m WHERE {wanted}", **values)
    if after is not None:
        wanted += " AND m.strength <= :strength AND (-m.strength, -m.jaccard, m.b) > (-:strength, -:jaccard, :b)"
        values |= {"strength": after[0], "jaccard": after[1], "b": after[2]}
    rows = session.rows(
        f"SELECT {_COLUMNS} FROM matches m JOIN stories s ON s.key = m.b WHERE {wanted} "
        "ORDER BY m.strength DESC, m.jaccard DESC, m.b LIMIT :limit",
        **values, limit=limit + 1,
    )  # fmt: skip
    return page(rows, limit, _matched, _position, total)


def matches_of(session: Session, keys: Sequence[int], *, limit: int) -> dict[int, Page[MatchedStory]]:
    """See `ports.Store.matches_of`."""
    totals: dict[int, int] = dict(session.rows(
        "SELECT a, COUNT(*) FROM matches WHERE a IN (SELECT value FROM each(:keys)) GROUP BY a", keys=keys
    ))  # fmt: skip
    found: dict[int, list[Row]] = {key: [] for key in keys}
    few = [key for key, total in totals.items() if total <= limit]
    for row in session.rows(
        f"SELECT {_COLUMNS} FROM matches m JOIN stories s ON s.key = m.b WHERE m.a IN (SELECT value FROM each(:keys)) "
        "ORDER BY m.a, m.strength DESC, m.jaccard DESC, m.b",
        keys=few,
    ):
        found[row[0]].append(row)
    for key in totals.keys() - few:
        found[key] = session.rows(
            f"SELECT {_COLUMNS} FROM matches m JOIN stories s ON s.key = m.b WHERE m.a = :key "
            "ORDER BY m.strength DESC, m.jaccard DESC, m.b LIMIT :limit",
            key=key, limit=limit + 1,
        )  # fmt: skip
    return {key: page(own, limit, _matched, _position, totals.get(key, 0)) for key, own in found.items()}
