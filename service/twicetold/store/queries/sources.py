"""Sources in numbers: who was first, who reprints whom, and what is learned as boilerplate of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from twicetold.domain.model import Relation
from twicetold.store.queries import boilerplate
from twicetold.store.queries.listing import Queries, columns, page
from twicetold.usecases.read_models import Page, Position, SourceReport, SourceSummary, SourceTie

_TIES_SHOWN = 50
"""Other sources named in a source's report, those with most stories in common."""


_DERIVED: Mapping[Relation, str] = {
    relation: str(relation.copied) for relation in (*filter(lambda one: one.derives, Relation), Relation.PASSAGE)
}
"""What else than whole copies is counted: the relations on record in `derivations`, by what they count as."""


class _SummaryRow(NamedTuple):
    name: str
    stories: int
    first: int
    first_of_several: int
    clustered: int


_SUMMARY = f"SELECT {columns(_SummaryRow, name='source')} FROM source_counts"


class SourceQueries(Queries):
    """The part of `ports.Reading` about sources."""

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        rows = self._session.rows(
            f"{_SUMMARY} WHERE source > :after AND stories > 0 ORDER BY source LIMIT :limit",
            after="" if after is None else after[0],
            limit=limit + 1,
        )
        listed = [_SummaryRow._make(row) for row in rows]
        copies = self._copies([row.name for row in listed])
        return page(listed, limit, lambda row: _summary(row, copies[row.name]), lambda row: (row.name,))

    def source(self, name: str) -> SourceReport | None:
        rows = self._session.rows(f"{_SUMMARY} WHERE source = :name AND stories > 0", name=name)
        if not rows:
            return None
        summary = _summary(_SummaryRow._make(rows[0]), self._copies([name])[name])
        whole_from = (
            "SELECT c.canonical_source AS other, o.stories AS stories FROM cluster_sources o "
            "JOIN clusters c ON c.id = o.cluster_id WHERE o.source = :name AND c.canonical_source <> :name"
        )
        whole_by = (
            "SELECT others.source AS other, others.stories AS stories FROM cluster_sources o "
            "JOIN clusters c ON c.id = o.cluster_id JOIN cluster_sources others ON others.cluster_id = c.id "
            "WHERE o.source = :name AND c.canonical_source = :name AND others.source <> :name"
        )
        return SourceReport(
            summary=summary,
            reprints_from=self._ties(whole_from, "original_source", "source", name),
            reprinted_by=self._ties(whole_by, "source", "original_source", name),
            boilerplate=boilerplate.of_source(self._session, name),
        )

    def _ties(self, whole: str, other: str, own: str, name: str) -> list[SourceTie]:
        """Other sources with what is tied: `whole` copies, and derivations by the columns of the two sources."""
        nothing = ", ".join("0" for _ in _DERIVED)
        each = ", ".join(f"CASE WHEN relation = '{relation}' THEN 1 ELSE 0 END" for relation in _DERIVED)
        sums = ", ".join(f"SUM({copied})" for copied in ("stories", *_DERIVED.values()))
        all_of = " + ".join(("stories", *_DERIVED.values()))
        rows = self._session.rows(
            f"WITH tied (other, {', '.join(('stories', *_DERIVED.values()))}) AS ("
            f"SELECT other, stories, {nothing} FROM ({whole}) AS whole UNION ALL "
            f"SELECT {other}, 0, {each} FROM derivations WHERE {own} = :name AND {other} <> :name) "
            f"SELECT other, {sums} FROM tied GROUP BY other HAVING SUM({all_of}) > 0 "
            f"ORDER BY SUM({all_of}) DESC, other LIMIT :limit",
            name=name,
            limit=_TIES_SHOWN,
        )
        return [_tie(source, *map(int, counts)) for source, *counts in rows]

    def _copies(self, names: Sequence[str]) -> dict[str, dict[str, int]]:
        """How many stories of sources are copies of another source's, by source and by what kind of copy."""
        rows = self._session.rows(
            "SELECT source, relation, COUNT(DISTINCT story) FROM derivations WHERE source IN "
            "(SELECT value FROM each_text(:names)) AND original_source <> source GROUP BY source, relation",
            names=list(names),
        )
        counts: dict[str, dict[str, int]] = {name: {} for name in names}
        for source, relation, stories in rows:
            counts[source][_DERIVED[Relation(relation)]] = stories
        return counts


def _summary(row: _SummaryRow, copies: Mapping[str, int]) -> SourceSummary:
    clustered = int(row.clustered)
    return SourceSummary(
        source=row.name, stories=row.stories, first=row.first, reprinted=clustered - row.first_of_several, **copies
    )


def _tie(source: str, whole: int, *derived: int) -> SourceTie:
    named = dict(zip(_DERIVED.values(), derived, strict=True))
    return SourceTie(source=source, stories=whole + sum(derived), whole=whole, **named)
