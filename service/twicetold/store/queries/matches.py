"""Matches of stored stories, strongest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twicetold.domain.model import Decider, Match, Relation
from twicetold.store.port import Row
from twicetold.store.queries.listing import Queries, columns, page, split
from twicetold.store.queries.rows import HALF_A_DIGIT, MatchRow, moment_or_none
from twicetold.usecases.read_models import MatchedStory, Page, Position


class _OtherRow(NamedTuple):
    """The story on the other side of a match."""

    id: str
    url: str | None
    source: str
    title: str | None
    published_at: int | None


_SELECT = f"SELECT {columns(MatchRow, 'm')}, {columns(_OtherRow, 's')} FROM matches m JOIN stories s ON s.key = m.b"


def _matched(row: Row) -> MatchedStory:
    tie, other = split(row, MatchRow, _OtherRow)
    match = Match(
        a=tie.a,
        b=tie.b,
        relation=Relation(tie.relation),
        why=tie.why,
        jaccard=tie.jaccard,
        a_in_b=tie.a_in_b,
        b_in_a=tie.b_in_a,
        longest_run=tie.longest_run,
        confidence=tie.confidence,
        decided_by=Decider(tie.decided_by),
    )
    return MatchedStory(
        match=match,
        story_id=other.id,
        url=other.url,
        source=other.source,
        title=other.title,
        published_at=moment_or_none(other.published_at),
    )


def _position(row: Row) -> Position:
    tie, _ = split(row, MatchRow, _OtherRow)
    return tie.strength, tie.jaccard, tie.b


def match_conditions(
    relations: Sequence[Relation], threshold: float | None, min_confidence: float | None
) -> tuple[list[str], dict[str, object]]:
    """What the filters of matches ask of a row `m`, each with ` AND ` before it, and their values."""
    conditions: list[str] = []
    values: dict[str, object] = {}
    if relations:
        conditions.append(" AND m.relation IN (SELECT value FROM each_text(:relations))")
        values["relations"] = [str(relation) for relation in relations]
    if threshold is not None:
        conditions.append(" AND m.strength >= :threshold")
        values["threshold"] = threshold - HALF_A_DIGIT
    if min_confidence is not None:
        conditions.append(" AND m.confidence >= :min_confidence")
        values["min_confidence"] = min_confidence - HALF_A_DIGIT
    return conditions, values


class MatchQueries(Queries):
    """The part of `ports.Reading` about matches."""

    def matches(
        self,
        key: int,
        *,
        relations: Sequence[Relation] = (),
        threshold: float | None = None,
        min_confidence: float | None = None,
        after: Position | None = None,
        limit: int,
    ) -> Page[MatchedStory]:
        conditions, values = match_conditions(relations, threshold, min_confidence)
        wanted = f"m.a = :key{''.join(conditions)}"
        values["key"] = key
        ((total,),) = self._session.rows(f"SELECT COUNT(*) FROM matches m WHERE {wanted}", **values)
        if after is not None:
            wanted += " AND m.strength <= :strength AND (-m.strength, -m.jaccard, m.b) > (-:strength, -:jaccard, :b)"
            values |= {"strength": after[0], "jaccard": after[1], "b": after[2]}
        values["limit"] = limit + 1
        rows = self._session.rows(
            f"{_SELECT} WHERE {wanted} ORDER BY m.strength DESC, m.jaccard DESC, m.b LIMIT :limit", **values
        )
        return page(rows, limit, _matched, _position, total)

    def matches_of(self, keys: Sequence[int], *, limit: int) -> dict[int, Page[MatchedStory]]:
        count = "SELECT a, COUNT(*) FROM matches WHERE a IN (SELECT value FROM each(:keys)) GROUP BY a"
        totals: dict[int, int] = dict(self._session.rows(count, keys=keys))
        found: dict[int, list[Row]] = {key: [] for key in keys}
        few = [key for key, total in totals.items() if total <= limit]
        strongest = "ORDER BY m.a, m.strength DESC, m.jaccard DESC, m.b"
        for row in self._session.rows(f"{_SELECT} WHERE m.a IN (SELECT value FROM each(:keys)) {strongest}", keys=few):
            tie, _ = split(row, MatchRow, _OtherRow)
            found[tie.a].append(row)
        for key in totals.keys() - few:
            found[key] = self._session.rows(
                f"{_SELECT} WHERE m.a = :key {strongest} LIMIT :limit", key=key, limit=limit + 1
            )
        return {key: page(own, limit, _matched, _position, totals.get(key, 0)) for key, own in found.items()}
