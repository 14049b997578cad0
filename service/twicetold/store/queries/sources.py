"""Sources in numbers: who was first, who reprints whom, and what is learned as boilerplate of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from twicetold.store.queries import boilerplate
from twicetold.store.queries.listing import Queries, page
from twicetold.usecases.read_models import LearnedBlock, Page, Position, SourceReport, SourceSummary, SourceTie

_TIES_SHOWN = 50
"""Other sources named in a source's report, those with most stories in common."""


class _SummaryRow(NamedTuple):
    name: str
    stories: int
    first: int
    clustered: int


_SUMMARY = """
    SELECT name, (SELECT COUNT(*) FROM stories WHERE source = name),
           (SELECT COUNT(*) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id
            WHERE o.source = name AND c.sources > 1 AND c.canonical_source = name),
           (SELECT COALESCE(SUM(o.stories), 0) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id
            WHERE o.source = name AND c.sources > 1)
    FROM"""
"""The columns of `_SummaryRow` for each `name` of what follows."""

_NAMES = """WITH RECURSIVE names (name) AS (
    SELECT MIN(source) FROM stories WHERE source > :after
    UNION ALL SELECT (SELECT MIN(source) FROM stories WHERE source > name) FROM names WHERE name IS NOT NULL
)"""
"""Hops from name to name through the index, whatever number of stories lies between."""


class SourceQueries(Queries):
    """The part of `ports.Reading` about sources."""

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        rows = self._session.rows(
            f"{_NAMES} {_SUMMARY} (SELECT name FROM names WHERE name IS NOT NULL LIMIT :limit) listed ORDER BY name",
            after="" if after is None else after[0],
            limit=limit + 1,
        )
        return page([_SummaryRow._make(row) for row in rows], limit, _summary, lambda row: (row.name,))

    def source(self, name: str, *, now: datetime) -> SourceReport | None:
        (row,) = self._session.rows(f"{_SUMMARY} (SELECT CAST(:name AS TEXT) AS name) one", name=name)
        summary = _summary(_SummaryRow._make(row))
        if not summary.stories:
            return None
        reprints_from = (
            "SELECT c.canonical_source, SUM(o.stories) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id "
            "WHERE o.source = :name AND c.canonical_source <> :name GROUP BY 1"
        )
        reprinted_by = (
            "SELECT others.source, SUM(others.stories) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id "
            "JOIN cluster_sources others ON others.cluster_id = c.id "
            "WHERE o.source = :name AND c.canonical_source = :name AND others.source <> :name GROUP BY 1"
        )
        return SourceReport(
            summary=summary,
            reprints_from=self._ties(reprints_from, name),
            reprinted_by=self._ties(reprinted_by, name),
            boilerplate=boilerplate.of_source(self._session, name, now=now),
        )

    def _ties(self, sql: str, name: str) -> list[SourceTie]:
        rows = self._session.rows(f"{sql} ORDER BY 2 DESC, 1 LIMIT :limit", name=name, limit=_TIES_SHOWN)
        return [SourceTie(source=other, stories=int(stories)) for other, stories in rows]

    def learned(self, sources: Sequence[str], *, now: datetime) -> dict[str, Mapping[int, LearnedBlock]]:
        return boilerplate.learned(self._session, sources, now=now)


def _summary(row: _SummaryRow) -> SourceSummary:
    clustered = int(row.clustered)
    return SourceSummary(source=row.name, stories=row.stories, first=row.first, reprinted=clustered - row.first)
