"""Everything of one kind, in short steps by key: no snapshot is held while a client takes its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from msgspec import UNSET

from twicetold.domain.model import Relation
from twicetold.store.port import Row
from twicetold.store.queries.cluster_lists import cluster_conditions
from twicetold.store.queries.listing import Queries, columns
from twicetold.store.queries.matches import match_conditions
from twicetold.store.queries.rows import (
    CLUSTER_COLUMNS,
    CLUSTERS,
    ClusterRow,
    body_of,
    cluster_summary,
    moment,
    moment_or_none,
    stamp,
)
from twicetold.usecases.read_models import (
    Assignment,
    ClusterFilter,
    ClusterSummary,
    ExportedMatch,
    ExportedSpan,
    ExportedStory,
    Page,
    Position,
    StoryFilter,
)

T = TypeVar("T")

_LAST = 2**63 - 1
"""No key is larger."""
_DIGITS = 6
"""Of shares, as everywhere in answers."""


class _StoryRow(NamedTuple):
    """A story; where its text is not wanted, `body` is None."""

    key: int
    id: str
    url: str | None
    source: str
    title: str | None
    published_at: int | None
    received_at: int
    language: str | None
    version: int
    words: int
    thin: int
    cluster_id: str | None
    body: bytes | None


class _AssignmentRow(NamedTuple):
    key: int
    id: str
    url: str | None
    source: str
    cluster_id: str | None
    canonical_id: str | None
    relation: str | None
    confidence: float | None
    jaccard: float | None


class _PairRow(NamedTuple):
    """A match with the names of both stories."""

    id: str
    other_id: str
    source: str
    other_source: str
    relation: str
    why: str
    confidence: float
    jaccard: float
    a_in_b: float
    b_in_a: float
    longest_run: int


class _BodyRow(NamedTuple):
    id: str
    source: str
    body: bytes


class ExportQueries(Queries):
    """The part of `ports.Reading` about exports."""

    def story_place(self, story_id: str) -> Position | None:
        rows = self._session.rows("SELECT key FROM story_ids WHERE id = :id", id=story_id)
        return next(((key, _LAST) for (key,) in rows), None)

    def exported_stories(
        self, wanted: StoryFilter, *, text: bool, after: Position | None, limit: int
    ) -> Page[ExportedStory]:
        select = columns(_StoryRow, "s", body="b.body" if text else "NULL")
        tables = "stories s JOIN bodies b ON b.key = s.key" if text else "stories s"
        return self._by_story(select, tables, wanted, after=after, limit=limit, item=_story)

    def assignments(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[Assignment]:
        tie = {name: f"m.{name}" for name in ("relation", "confidence", "jaccard")}
        select = columns(_AssignmentRow, "s", canonical_id="canonical.id", **tie)
        tables = (
            "stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
            "LEFT JOIN stories canonical ON canonical.key = c.canonical "
            "LEFT JOIN matches m ON m.a = s.key AND m.b = c.canonical"
        )
        return self._by_story(select, tables, wanted, after=after, limit=limit, item=_assignment)

    def removed_spans(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[ExportedSpan]:
        select, tables = columns(_BodyRow, "s", body="b.body"), "stories s JOIN bodies b ON b.key = s.key"
        stories = self._by_story(select, tables, wanted, after=after, limit=limit, item=_spans)
        return Page(items=[span for spans in stories.items for span in spans], next=stories.next)

    def exported_matches(
        self,
        wanted: StoryFilter,
        *,
        relations: Sequence[Relation] = (),
        threshold: float | None = None,
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> Page[ExportedMatch]:
        a, b = after or (0, 0)
        ends = self._session.rows(
            "SELECT a, b FROM matches WHERE (a, b) > (:a, :b) ORDER BY a, b LIMIT 1 OFFSET :more",
            a=a,
            b=b,
            more=limit - 1,
        )
        last = ends[0] if ends else (_LAST, _LAST)
        conditions, values = _story_conditions(wanted)
        tied, bounds = match_conditions(relations, threshold, min_confidence)
        rows = self._session.rows(
            f"SELECT {_PAIR_COLUMNS} FROM matches m JOIN stories s ON s.key = m.a JOIN stories o ON o.key = m.b "
            "WHERE (m.a, m.b) > (:a, :b) AND (m.a, m.b) <= (:last_a, :last_b) AND m.b < m.a "
            f"{''.join(conditions)} {''.join(tied)} ORDER BY m.a, m.b",
            **values,
            **bounds,
            a=a,
            b=b,
            last_a=last[0],
            last_b=last[1],
        )
        return Page(items=[_match(_PairRow._make(row)) for row in rows], next=last if ends else None)

    def exported_clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        first = after[0] if after else ""
        ends = self._session.rows(
            "SELECT id FROM clusters WHERE id > :first ORDER BY id LIMIT 1 OFFSET :more", first=first, more=limit - 1
        )
        conditions, values = cluster_conditions(self._session, wanted)
        if ends:
            conditions.append("c.id <= :last")
            values["last"] = ends[0][0]
        conditions.append("c.id > :first")
        rows = self._session.rows(
            f"SELECT {CLUSTER_COLUMNS} FROM {CLUSTERS} WHERE {' AND '.join(conditions)} ORDER BY c.id",
            **values,
            first=first,
        )
        return Page(
            items=[cluster_summary(ClusterRow._make(row)) for row in rows], next=(ends[0][0],) if ends else None
        )

    def _by_story(
        self,
        select: str,
        tables: str,
        wanted: StoryFilter,
        *,
        after: Position | None,
        limit: int,
        item: Callable[[Row], T],
    ) -> Page[T]:
        """What is wanted of the `limit` stories after a position; how far these go is told first, without filters."""
        first = after[0] if after else 0
        ends = self._session.rows(
            "SELECT key FROM stories WHERE key > :first ORDER BY key LIMIT 1 OFFSET :more", first=first, more=limit - 1
        )
        last = ends[0][0] if ends else _LAST
        conditions, values = _story_conditions(wanted)
        rows = self._session.rows(
            f"SELECT {select} FROM {tables} WHERE s.key > :first AND s.key <= :last {''.join(conditions)} "
            "ORDER BY s.key",
            **values,
            first=first,
            last=last,
        )
        return Page(items=[item(row) for row in rows], next=(last, _LAST) if ends else None)


_PAIR_COLUMNS = columns(_PairRow, "m", id="s.id", other_id="o.id", source="s.source", other_source="o.source")


def _story_conditions(wanted: StoryFilter) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    if wanted.source is not None:
        conditions.append(" AND s.source = :source")
        values["source"] = wanted.source
    if wanted.since is not None:
        conditions.append(" AND s.received_at >= :since")
        values["since"] = stamp(wanted.since)
    if wanted.until is not None:
        conditions.append(" AND s.received_at < :until")
        values["until"] = stamp(wanted.until)
    return conditions, values


def _story(found: Row) -> ExportedStory:
    row = _StoryRow._make(found)
    return ExportedStory(
        story_id=row.id,
        url=row.url,
        source=row.source,
        title=row.title,
        published_at=moment_or_none(row.published_at),
        received_at=moment(row.received_at),
        language=row.language,
        version=row.version,
        words=row.words,
        thin=bool(row.thin),
        cluster_id=row.cluster_id,
        text=UNSET if row.body is None else body_of(row.body).text,
    )


def _assignment(found: Row) -> Assignment:
    row = _AssignmentRow._make(found)
    canonical = row.canonical_id or row.id
    return Assignment(
        story_id=row.id,
        url=row.url,
        source=row.source,
        cluster_id=row.cluster_id,
        canonical_id=canonical,
        is_canonical=canonical == row.id,
        relation=row.relation,
        confidence=None if row.confidence is None else round(row.confidence, _DIGITS),
        jaccard=None if row.jaccard is None else round(row.jaccard, _DIGITS),
    )


def _match(row: _PairRow) -> ExportedMatch:
    return ExportedMatch(
        story_id=row.id,
        other_id=row.other_id,
        source=row.source,
        other_source=row.other_source,
        relation=row.relation,
        why=row.why,
        confidence=round(row.confidence, _DIGITS),
        jaccard=round(row.jaccard, _DIGITS),
        containment=round(row.a_in_b, _DIGITS),
        contained=round(row.b_in_a, _DIGITS),
        longest_run=row.longest_run,
    )


def _spans(found: Row) -> list[ExportedSpan]:
    row = _BodyRow._make(found)
    return [
        ExportedSpan(
            story_id=row.id,
            source=row.source,
            kind=span.kind,
            rule=span.rule,
            start=span.start,
            end=span.end,
            text=span.text,
            support=span.support,
        )
        for span in body_of(row.body).removed
    ]
